"""Recipes: schedules of the learning rate by hand, its parts, and what becomes of gradients."""

import numpy as np
import pytest
import torch
from fieldbench.training.loop import Run
from fieldbench.training.recipe import Recipe, cosine, normalize
from torch import nn

RECIPE = Recipe(steps=12, learning_rate=0.05, plateau_patience=3)


class Flat(nn.Module):
    """Its loss is 1, but falls by half per step where it `falls`."""

    active_levels = 1

    def __init__(self, floor=0.0, falls=False):
        super().__init__()
        self.part, self.rest = nn.Linear(1, 1), nn.Parameter(torch.zeros(1))
        self.floor, self.falls, self.loss = floor, falls, 1.0

    def set_progress(self, _fraction):
        self.loss *= 0.5 if self.falls else 1.0

    def forward(self):
        return 0 * (self.rest.sum() + self.part.weight.sum()) + self.loss


def rates(recipe, steps, seconds=0.0, **model):
    """The learning rates of the first group before each step, and after the last."""
    run = Run(Flat(**model), recipe)
    found = [run.optimizer.param_groups[0]["lr"]]
    for step in range(steps):
        run.advance(step)
        run.history.seconds[-1] = seconds * (step + 1)
        found.append(run.optimizer.param_groups[0]["lr"])
    return found


def test_the_learning_rate_falls_tenfold_on_a_plateau():
    assert rates(RECIPE, 6) == pytest.approx([0.05] * 5 + [0.005] * 2)
    assert rates(RECIPE, 6, falls=True) == [0.05] * 7


def test_a_plateau_is_one_of_the_whole_loss():
    """The loss itself falls by half per step, but hardly in relation to its floor."""
    assert rates(RECIPE, 6, falls=True, floor=1e9)[-1] == pytest.approx(0.005)


def test_the_cosine_by_hand():
    assert [cosine(x, 3.0, 1.0) for x in (0, 0.5, 1, 2)] == pytest.approx([3, 2, 1, 1])
    assert [cosine(x, 3.0, 1.0, 4) for x in (0, 2, 4, 8)] == pytest.approx([3, 2, 1, 1])


def test_rates_fall_to_their_share():
    recipe = Recipe(steps=4, learning_rate=0.2, last_share=0.5)
    assert rates(recipe, 4) == pytest.approx([0.2 * cosine(step / 4, 1, 0.5) for step in range(5)])
    assert rates(Recipe(steps=4, learning_rate=0.2, last_share=1.0), 4) == [0.2] * 5


def test_warm_up_is_counted_in_steps_and_the_rate_ends_near_zero():
    found = rates(Recipe(steps=100, learning_rate=1e-3, warm_up_fraction=0.05), 99)
    assert found[:5] == pytest.approx([2e-4, 4e-4, 6e-4, 8e-4, 1e-3])
    assert found[5] == 1e-3 and found[52] == pytest.approx(5e-4, rel=0.05) and found[-1] < 1e-6
    assert (np.diff(found[5:]) < 0).all()


def test_a_training_may_warm_up_to_its_end():
    recipe = Recipe(steps=4, learning_rate=1.0, warm_up_fraction=1.0)
    assert rates(recipe, 4)[:4] == [0.25, 0.5, 0.75, 1.0]


def test_the_rate_falls_with_the_steps_or_the_time_whichever_is_further():
    recipe = Recipe(steps=10, learning_rate=0.5, last_share=0.1, seconds=100.0)
    assert recipe.share(1, 5.0) == 0.1 and recipe.share(1, 50.0) == 0.5 and recipe.share(2, 200.0) == 1
    assert recipe.rate(0.5, 0) == 0.5
    assert recipe.rate(0.5, 1, 50.0) == pytest.approx(0.5 * (0.1 + 0.9 * 0.5))
    assert recipe.rate(0.5, 2, 200.0) == pytest.approx(0.05)
    spent = [0, 0, 25, 50]  # before each step, those of its own not yet known
    expected = [recipe.rate(0.5, done, seconds) for done, seconds in enumerate(spent)]
    assert rates(recipe, 3, seconds=25.0) == expected


def test_parts_train_at_rates_of_their_own():
    run = Run(
        Flat(), Recipe(steps=2, learning_rate=0.1, parts=(("part.w", 0.4), ("part", 0.2)), last_share=0.5)
    )
    found = {id(parameter): group for group in run.optimizer.param_groups for parameter in group["params"]}
    for share in (1, 0.75):
        assert found[id(run.model.part.weight)]["lr"] == pytest.approx(0.4 * share)
        assert found[id(run.model.part.bias)]["lr"] == pytest.approx(0.2 * share)
        assert found[id(run.model.rest)]["lr"] == pytest.approx(0.1 * share)
        run.advance(0)


def test_parameters_that_are_not_trained_are_in_no_group():
    model = Flat()
    model.part.requires_grad_(False)
    (group,) = RECIPE.groups(model, 0.05)
    assert group["params"] == [model.rest] and group["lr"] == 0.05


def test_gradients_are_divided_by_the_mean_magnitude_of_the_whole_tensor():
    whole, part, unused = (nn.Parameter(torch.zeros(4)) for _ in range(3))
    part.full_count = 8  # as if four more values with gradient 0 belonged to it
    whole.grad, part.grad = torch.tensor([1.0, -1.0, 4.0, 2.0]), torch.tensor([1.0, -1.0, 4.0, 2.0])
    normalize([whole, part, unused])
    assert whole.grad.tolist() == pytest.approx([0.5, -0.5, 2, 1])
    assert part.grad.tolist() == pytest.approx([1, -1, 4, 2])
    assert unused.grad is None


def test_a_gradient_of_zero_stays_zero():
    parameter = nn.Parameter(torch.zeros(3))
    parameter.grad = torch.zeros(3)
    normalize([parameter])
    assert not parameter.grad.any()


@pytest.mark.parametrize(
    ("options", "given", "expected"),
    [
        ({}, [3.0, 4.0], [3.0, 4.0]),
        ({"normalize_gradients": True}, [3.0, -1.0], [1.5, -0.5]),
        ({"longest_gradient": 1.0}, [3.0, 4.0], [0.6, 0.8]),
        ({"longest_gradient": 1.0}, [0.3, 0.4], [0.3, 0.4]),
    ],
)
def test_gradients_are_left_normalised_or_cut(options, given, expected):
    parameter = nn.Parameter(torch.zeros(2))
    parameter.grad = torch.tensor(given)
    Recipe(steps=10, learning_rate=1e-3, **options).adjust([parameter])
    assert parameter.grad.tolist() == pytest.approx(expected, rel=1e-4)
