"""Observed points: as many as asked, each at most once, in the pattern that the kind names."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.datasets import wave_family
from fieldbench.errors import UserError
from fieldbench.sparse import masks
from fieldbench.sparse.problem import from_dataset
from scipy.spatial import KDTree

SIDE = np.linspace(0, 1, 32)
POSITION = np.stack(np.meshgrid(SIDE, SIDE, indexing="ij"), axis=-1).reshape(-1, 2)


def draw(kind="uniform", count=51, fields=20, seed=0, position=POSITION):
    return masks.draw(kind, position, count, fields, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def data():
    return wave_family.load(family="simple", train=3, validation=20, test=30, resolution=32)


@pytest.mark.parametrize("kind", masks.KINDS)
def test_every_field_has_its_own_points_each_once(kind):
    index = draw(kind)
    assert index.shape == (20, 51) and index.min() >= 0 and index.max() < 1024
    assert all(len(np.unique(row)) == 51 for row in index)
    assert len(np.unique(index, axis=0)) == 20
    np.testing.assert_array_equal(index, draw(kind))


@pytest.mark.parametrize("kind", masks.KINDS)
def test_all_points_may_be_observed(kind):
    np.testing.assert_array_equal(draw(kind, count=1024, fields=1)[0], np.arange(1024))


def test_uniform_points_are_equally_probable():
    counts = np.bincount(draw(count=100, fields=2000).ravel(), minlength=1024)
    expected = 2000 * 100 / 1024
    assert np.abs(counts - expected).max() < 6 * np.sqrt(expected)


def test_clusters_and_tracks_leave_wider_gaps_than_uniform_points():
    def gap(kind):
        return np.mean([KDTree(POSITION[row]).query(POSITION)[0].max() for row in draw(kind)])

    assert gap("clustered") > 1.5 * gap("uniform") and gap("tracks") > 1.5 * gap("uniform")


def test_tracks_are_narrow():
    """Along x, a row of the image is seen at a handful of places; along y, a track is seen all the way."""
    rows = [len(np.unique(index // 32)) for index in draw("tracks")]
    assert np.mean(rows) > 20


def test_observed_values_are_the_fields_with_noise_of_the_level_that_is_asked():
    fields = np.random.default_rng(1).normal(size=(200, 1024))
    index = draw(count=500, fields=200)
    exact = masks.observe(fields, index, 0.0, np.random.default_rng(2)).values
    np.testing.assert_allclose(exact, np.take_along_axis(fields, index, 1), rtol=1e-6)
    noisy = masks.observe(fields, index, 0.3, np.random.default_rng(2)).values
    assert (noisy - exact).std() == pytest.approx(0.3, rel=0.02)


def test_noise_does_not_move_the_points_and_test_fields_have_other_points(data):
    quiet, loud = (masks.add_observations(data, "uniform", 0.05, noise, seed=3) for noise in (0.0, 0.1))
    np.testing.assert_array_equal(quiet.test_index, loud.test_index)
    assert quiet.test_index.shape == (30, 51) and quiet.validation_index.shape == (20, 51)
    assert not np.array_equal(quiet.test_index[:20], quiet.validation_index)
    np.testing.assert_array_equal(
        quiet.test_values, np.take_along_axis(data.test.values, quiet.test_index.values, 1)
    )
    assert loud.attrs["noise"] == 0.1 and loud.attrs["mask"] == "uniform"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"kind": "stripes"}, "Unknown mask 'stripes'; known: uniform, clustered, tracks"),
        ({"fraction": 0.0}, "0 observations of 1024 points"),
        ({"fraction": 1.1}, "1126 observations of 1024 points"),
        ({"noise": -0.1}, "`noise` is -0.1"),
    ],
)
def test_what_cannot_be_observed_is_refused(data, params, message):
    with pytest.raises(UserError, match=message):
        masks.add_observations(
            data, **{"kind": "uniform", "fraction": 0.05, "noise": 0.0, "seed": 0} | params
        )


def observed(data, path=None, variable="seen", **task):
    common = {
        "mask": "file",
        "path": str(path),
        "variable": variable,
        "fraction": 1.0,
        "noise": 0.0,
        "seed": 3,
    }
    return from_dataset(masks.observed(data, common | task))


@pytest.mark.parametrize("kind", ["whole numbers", "numbers"])
def test_patterns_of_a_file_are_observed_as_they_are(data, tmp_path, kind):
    """Three swaths of 32, 64 and 96 points: each field has one of them, whatever their number."""
    swaths = np.zeros((3, 32, 32), dtype="i2")
    for number in range(3):
        swaths[number, :, 5 : 6 + number] = 1
    if kind == "numbers":  # a field with gaps, in which nought is a value
        swaths = np.where(swaths, 0.0, np.nan)
    xr.Dataset({"seen": (("time", "y", "x"), swaths)}).to_netcdf(tmp_path / "mask.nc")
    problem = observed(data, tmp_path / "mask.nc")
    counts = (problem.test_observations.index >= 0).sum(1)
    assert set(counts) == {32, 64, 96}
    for field, seen in zip(problem.test, problem.test_observations, strict=True):
        assert set(seen.index % 32) <= {5, 6, 7} and len(np.unique(seen.index)) == len(seen.index)
        np.testing.assert_array_equal(seen.values, field[seen.index])
    batch = masks.of_problem(problem, 50, np.random.default_rng(0))
    assert batch.shape[1] in (32, 64, 96) and set(np.unique(batch % 32)) <= {5, 6, 7}
    few = (observed(data, tmp_path / "mask.nc", fraction=0.5).test_observations.index >= 0).sum(1)
    assert few.mean() == pytest.approx(counts.mean() / 2, rel=0.25)


@pytest.mark.parametrize(("shape", "value", "message"), [
    ((3, 16, 32), 1, r"has the shape \(3, 16, 32\), the fields 32 rows and 32 columns; give a mask on their grid"),
    ((32, 32), 0, "shows no point of the fields"),
])  # fmt: skip
def test_a_mask_must_fit(data, tmp_path, shape, value, message):
    dims = ("time", "y", "x")[-len(shape) :]
    xr.Dataset({"seen": (dims, np.full(shape, value, "i2"))}).to_netcdf(tmp_path / "mask.nc")
    with pytest.raises(UserError, match=message):
        observed(data, tmp_path / "mask.nc")


def test_every_observation_may_have_an_error_of_its_own(data):
    told = masks.add_observations(data, "uniform", 0.5, (0.05, 0.5), seed=3)
    problem = from_dataset(told)
    seen = problem.test_observations
    scaled = (seen.values - np.take_along_axis(problem.test, seen.index, 1)) / seen.error
    assert seen.error.min() >= 0.05 and seen.error.max() <= 0.5
    assert np.quantile(np.log(seen.error), 0.5) == pytest.approx(np.log(0.05 * 0.5) / 2, abs=0.05)
    assert scaled.std() == pytest.approx(1, rel=0.02)
    assert problem.noise == pytest.approx(np.sqrt((seen.error**2).mean()), rel=0.02)
    with pytest.raises(UserError, match="give one number, or the least and the largest"):
        masks.add_observations(data, "uniform", 0.5, (0.5, 0.05), seed=3)
