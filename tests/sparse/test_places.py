"""Where networks see points: as they are on a plane, and on the sphere without a seam."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fieldbench.datasets import _fields
from fieldbench.errors import Unsuitable
from fieldbench.sparse import neural, places
from fieldbench.sparse.spec import Spec

from tests.sparse.learning import FLOW, SPEC, predicted, small_problem, trained

LATITUDE, LONGITUDE = np.linspace(80, -80, 8), np.arange(0, 360, 45.0)
KRIGING = Spec(
    {"type": "amortised_kriging", "hidden": 16, "rounds": 1, "spacing": 1.0, "cutoff": 3.0, "learned": 4}
)


def on_the_globe(longitude=LONGITUDE, latitude=LATITUDE):
    """The small problem's fields on a grid of the sphere."""
    problem = small_problem()
    points = _fields.points(latitude, longitude, np.ones((8, 8), bool), sphere=True)
    named = {name: points[name].values for name in ("position", "row", "column", "latitude", "longitude")}
    return replace(problem, **named)


def from_column(problem, first):
    """The same problem, as a file that begins at another meridian has it."""
    order = np.argsort((problem.column - first) % 8 + 8 * problem.row)
    moved = {
        name: getattr(problem, name)[order] for name in ("position", "latitude", "longitude", "row", "column")
    }
    fields = {name: getattr(problem, name)[:, order] for name in ("train", "validation", "test")}
    seen = problem.test_observations
    index = np.argsort(order)[seen.index]
    return replace(problem, **moved, **fields, test_observations=replace(seen, index=index)), order


def test_a_plane_is_seen_as_it_is():
    problem = small_problem()
    np.testing.assert_array_equal(places.seen(problem), problem.position)


def test_the_sphere_fills_the_cube_and_keeps_its_shape():
    seen = places.seen(on_the_globe())
    assert seen.min() == 0 and seen.max() == 1
    apart = np.linalg.norm(seen[:, None] - seen, axis=-1)
    vectors = on_the_globe().coordinates
    chords = np.linalg.norm(vectors[:, None] - vectors, axis=-1)
    np.testing.assert_allclose(apart, chords / np.ptp(vectors, axis=0).max(), atol=1e-12)


def test_a_region_is_as_large_as_a_plane():
    seen = places.seen(on_the_globe(np.linspace(10, 12, 8), np.linspace(40, 41, 8)))
    assert np.ptp(seen, axis=0).max() == 1


def test_the_first_and_the_last_meridian_are_neighbours():
    seen = places.seen(on_the_globe()).reshape(8, 8, 3)
    steps = np.linalg.norm(np.diff(seen, axis=1, append=seen[:, :1]), axis=-1)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[:, :1], steps.shape))


def test_nyquist_is_half_the_points_per_unit():
    assert places.nyquist(small_problem().position) == pytest.approx(3.5)
    finer = np.stack(np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 17)), -1).reshape(-1, 2)
    assert places.nyquist(finer) == pytest.approx(8), "of the finer axis"


def of_same_weights(model, problem):
    """The model on another problem."""
    other = neural.Model(problem, model.spec).eval()
    other.network.load_state_dict(model.network.state_dict())
    return other


@pytest.fixture(scope="module", params=["transformer", "mamba", "joint", "flow"])
def globe(request):
    spec = {
        "transformer": SPEC,
        "mamba": replace(SPEC, backbone={**SPEC.backbone, "type": "mamba"}),
        "joint": replace(SPEC, reading="joint"),
        "flow": FLOW,
    }[request.param]
    problem = on_the_globe()
    return trained(problem, spec)[0], problem


def answer(model, problem):
    """Means (F, P), of a flow after one step from the middle of its start, which no random number moves."""
    if not model.spec.flows:
        return predicted(model, problem)[0].mean
    seen, points = problem.test_observations, torch.arange(len(model.position))[None]
    memory = model.encode(torch.from_numpy(seen.index), torch.from_numpy(seen.values))
    start = torch.zeros(len(seen), points.shape[1])
    with torch.no_grad():
        return model.velocity(memory, points, None)(start, torch.full((len(seen),), 0.5), start).numpy()


def test_longitudes_may_be_turned_by_360_degrees(globe):
    model, problem = globe
    turned = replace(
        problem, longitude=np.where(problem.longitude < 180, problem.longitude, problem.longitude - 360)
    )
    for other in (turned, replace(problem, longitude=problem.longitude + 360)):
        again = answer(of_same_weights(model, other), other)
        np.testing.assert_allclose(again, answer(model, problem), atol=2e-5)


@pytest.mark.parametrize("first", [3, 7])
def test_the_seam_may_be_moved(globe, first):
    model, problem = globe
    moved, order = from_column(problem, first)
    assert places.nyquist(places.seen(moved)) == pytest.approx(
        places.nyquist(places.seen(problem)), rel=1e-12
    )
    again = answer(of_same_weights(model, moved), moved)
    np.testing.assert_allclose(again, answer(model, problem)[:, order], atol=2e-5)


def test_plane_waves_stay_off_the_globe():
    with pytest.raises(Unsuitable, match="'amortised_kriging' is made of plane waves"):
        trained(on_the_globe(), KRIGING)
    region = on_the_globe(np.linspace(10, 12, 8), np.linspace(40, 41, 8))
    assert np.isfinite(predicted(trained(region, KRIGING)[0], region)[0].mean).all()
