"""Ordinary kriging by restricted likelihood: a hand value, no border on the sphere, and fields that it knows best."""

from dataclasses import replace

import numpy as np
import pytest
from fieldbench.datasets import _fields
from fieldbench.errors import UserError
from fieldbench.sparse import masks, neighbourhoods
from fieldbench.sparse.kriging import Kriging
from fieldbench.sparse.methods import gaussian_process, likely_kriging
from fieldbench.sparse.problem import Observed, from_dataset
from fieldbench.sparse.stationary import Stationary

LATITUDE, LONGITUDE = np.arange(-75, 76, 15.0), np.arange(0, 360, 15.0)


@pytest.fixture(scope="module")
def rough():
    """Two fields on the sphere, without others to learn from, drawn from an exponential covariance."""
    points = _fields.points(LATITUDE, LONGITUDE, np.ones((11, 24), dtype=bool), sphere=True)
    nothing = np.empty((0, points.sizes["point"]))
    rng = np.random.default_rng(0)
    words = {"unit": "1", "long_name": "rough", "title": "rough", "kind": "generated", "notes": []}
    splits = {"train": nothing, "validation": nothing, "test": rng.random((2, points.sizes["point"]))}
    problem = from_dataset(
        masks.add_observations(_fields.finished(splits, points, **words), "uniform", 0.4, 0.0, 1)
    )
    places = problem.coordinates
    covariance = Stationary("matern12", length=1.0, variance=1.0, nugget=0.0).covariance(places, places)
    fields = rng.standard_normal((2, len(places))) @ np.linalg.cholesky(covariance).T
    seen = problem.test_observations
    seen = replace(seen, values=np.take_along_axis(fields, seen.index, 1))
    return replace(problem, test=fields, test_observations=seen)


def test_between_two_observations_lies_their_mean(rough):
    """Half way, by symmetry, whatever the likelihood chooses; and ordinary kriging's weights add up to 1."""
    equator = np.flatnonzero(rough.latitude == 0)
    west, middle, east = equator[[0, 1, 2]]
    seen = Observed(np.array([west, east]), np.array([3.0, 7.0]), np.zeros(2))
    assert likely_kriging.build(rough).rebuild(seen).mean[middle] == pytest.approx(5.0)


def test_where_longitudes_begin_changes_nothing(rough):
    turned = replace(rough, longitude=(rough.longitude + 100) % 360)
    first, second = (
        likely_kriging.build(problem).reconstruct(problem.test_observations) for problem in (rough, turned)
    )
    np.testing.assert_allclose(first.mean, second.mean, atol=1e-3)
    np.testing.assert_allclose(first.spread, second.spread, atol=1e-3)


def test_a_rough_field_is_rebuilt_nearly_as_well_as_by_its_own_covariance(rough):
    truth = Stationary("matern12", length=1.0, variance=1.0, nugget=0.0)
    methods = {
        "own": Kriging.stationary(truth, rough.coordinates, np.zeros(len(rough.position))),
        "chosen": likely_kriging.build(rough),
        "smooth": gaussian_process.build(rough),
    }
    error = {
        name: np.sqrt(np.mean((method.reconstruct(rough.test_observations).mean - rough.test) ** 2))
        for name, method in methods.items()
    }
    assert error["chosen"] < 1.02 * error["own"] and error["chosen"] < 0.98 * error["smooth"]


def test_windows_give_nearly_what_all_observations_give(rough, monkeypatch):
    method = likely_kriging.build(rough, kernels=["matern12"])
    whole = method.reconstruct(rough.test_observations)
    monkeypatch.setattr(neighbourhoods, "WHOLE", 50)
    monkeypatch.setattr(neighbourhoods, "NEAR", 60)
    monkeypatch.setattr(neighbourhoods, "FAR", 4)
    monkeypatch.setattr(neighbourhoods, "INSIDE", 20)
    near = method.reconstruct(rough.test_observations)
    assert 0 < np.abs(near.mean - whole.mean).max() < 0.1 * rough.test.std()


@pytest.mark.parametrize("kernels, said", [(["matern"], "unknown: matern"), ([], "none is given")])
def test_kernels_that_are_none(rough, kernels, said):
    with pytest.raises(UserError, match=said):
        likely_kriging.build(rough, kernels=kernels)
