"""From the file to the problem and back to images, and where its points lie."""

from dataclasses import replace

import numpy as np
import pytest
from fieldbench import io
from fieldbench.datasets import _fields, wave_family
from fieldbench.errors import UserError
from fieldbench.sparse import masks
from fieldbench.sparse.problem import from_dataset

KNOWN = np.array([[True, False, True], [True, True, True]])


def globe(train):
    """Fields 0, 1, ... on five of six points between 0 and 30 degrees north; `train` of them to learn from."""
    points = _fields.points(np.array([30.0, 0.0]), np.array([0.0, 10.0, 20.0]), KNOWN, sphere=True)
    fields = np.arange(6.0)[:, None] + 10 * np.arange(5)
    splits = dict(zip(_fields.SPLITS, np.split(fields, [train, train + bool(train)]), strict=True))
    return _fields.finished(splits, points, unit="degC", long_name="t", title="t", kind="generated", notes=[])


@pytest.mark.parametrize("train", [3, 0])
def test_a_problem_survives_its_file(tmp_path, train):
    io.save_dataset(masks.add_observations(globe(train), "uniform", 0.4, 0.1, seed=0), tmp_path / "data.nc")
    problem = from_dataset(io.open_dataset(tmp_path / "data.nc"))
    assert problem.train.shape == (train, 5) and problem.test_observations.index.shape[1] == 2
    assert (problem.noise, problem.mask, problem.unit, problem.shape) == (0.1, "uniform", "degC", (2, 3))
    assert problem.latitude is not None and problem.weight.mean() == pytest.approx(1)


def test_an_image_has_gaps_where_there_is_no_point():
    problem = from_dataset(masks.add_observations(globe(3), "uniform", 0.4, 0.0, seed=0))
    image = problem.image(problem.train)
    np.testing.assert_array_equal(image[0], [[0, np.nan, 10], [20, 30, 40]])


def on_sphere(latitude, longitude):
    """A problem whose points lie there; the rest of it does not fit them."""
    problem = from_dataset(masks.add_observations(globe(3), "uniform", 0.4, 0.0, seed=0))
    return replace(problem, latitude=np.array(latitude), longitude=np.array(longitude))


def test_unit_vectors_of_pole_and_equator():
    vectors = on_sphere([90.0, 0, 0], [0.0, 0, 90]).coordinates
    np.testing.assert_allclose(vectors, [[0, 0, 1], [1, 0, 0], [0, 1, 0]], atol=1e-15)


def test_no_meridian_is_a_border():
    east, west = on_sphere([0.2, 0.2], [0.3, 359.7]).coordinates
    assert np.linalg.norm(east - west) == pytest.approx(np.radians(0.6), rel=1e-4)


def test_a_latitude_beyond_a_pole_is_refused():
    with pytest.raises(UserError, match="Latitude number 1 is 95"):
        _ = on_sphere([90.0, 95.0], [0.0, 0]).coordinates


def test_a_plane_has_positions_for_coordinates_and_no_latitudes():
    data = wave_family.load(family="simple", train=2, validation=1, test=1, resolution=8)
    problem = from_dataset(masks.add_observations(data, "uniform", 0.1, 0.0, seed=0))
    assert problem.latitude is None and problem.longitude is None
    np.testing.assert_array_equal(problem.coordinates, problem.position)
    np.testing.assert_array_equal(problem.image(problem.test)[0].ravel(), problem.test[0])
