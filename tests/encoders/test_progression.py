"""When levels become active."""

import pytest
import torch
from fieldbench.encoders import multigrid
from fieldbench.encoders._progression import Progression
from fieldbench.errors import UserError

GRID = {"base_resolution": 2, "max_resolution": 16, "levels": 16, "features": 2, "table_size": 4096}
STEPS = {"start": 4, "add": 4, "every_fraction": 0.25}


def test_four_levels_more_every_50_of_200_epochs():
    schedule = Progression(16, **STEPS)
    active = []
    for epoch in range(200):
        schedule.set(epoch / 200)
        active.append(schedule.active)
    assert [active[epoch] for epoch in (0, 49, 50, 99, 100, 149, 150, 199)] == [4, 4, 8, 8, 12, 12, 16, 16]
    assert schedule.complete


def test_the_newest_level_fades_in():
    schedule = Progression(16, **STEPS, fade=True)
    seen = {}
    for epoch in (0, 5, 50, 75, 149, 150, 199):
        schedule.set(epoch / 200)
        seen[epoch] = (schedule.active, round(schedule.newest, 6))
    assert seen[0] == (4, 1)
    assert seen[5] == (5, 0.4)
    assert seen[50] == (8, 1)
    assert seen[75] == (10, 1)
    assert seen[149] == (16, 0.92)
    assert seen[150] == seen[199] == (16, 1)


def test_all_levels_count_before_a_training_begins():
    assert Progression(16, **STEPS).active == 16


@pytest.mark.parametrize(
    "schedule",
    [
        {"start": 4, "add": 2, "every_fraction": 0.25},
        {"start": 4, "add": 4, "every_fraction": 1.0},
        {"start": 4, "add": 0, "every_fraction": 0.1},
        {"start": 0, "add": 16, "every_fraction": 0.1},
    ],
)
def test_a_schedule_that_never_activates_all_levels_is_refused(schedule):
    with pytest.raises(UserError, match="never activates all 16 levels"):
        multigrid.build(2, **GRID, progression=schedule)


@pytest.mark.parametrize("form", ["plain", "forward"])
def test_inactive_levels_give_zeros_and_get_no_gradient(form):
    encoder = multigrid.build(2, **GRID, progression=STEPS)
    encoder.set_progress(0.3)
    features = getattr(encoder, form)(torch.rand(30, 2))
    assert features.shape == (30, 32)
    assert features[:, :16].any() and not features[:, 16:].any()
    features.sum().backward()
    assert [table.grad is not None for table in encoder.tables] == [True] * 8 + [False] * 8


def test_a_view_leaves_inactive_levels_out():
    encoder = multigrid.build(2, **GRID, progression=STEPS, plane={"resolution": 5})
    view = encoder.on_grid((6, 6))
    view.set_progress(0.0)
    features = view()
    assert view.active_levels == 4 and features.shape == (10, 36)  # a plane and four levels
    features.sum().backward()
    assert [values.grad is not None for values in view.values] == [True] * 5 + [False] * 12
