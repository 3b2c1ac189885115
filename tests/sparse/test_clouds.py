"""A series with gaps: nothing is dropped, what is held out lies under clouds, and methods fill it well."""

import os
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import xarray as xr
from fieldbench.datasets import _moving_clouds, ersst, netcdf_series
from fieldbench.errors import Unsuitable, UserError
from fieldbench.sparse import clouds, masks, score
from fieldbench.sparse.methods import (
    dineof,
    gappy_pod,
    gaussian_mixture,
    hybrid,
    nearest,
    optimal_interpolation,
    space_time_kriging,
)
from fieldbench.sparse.prediction import from_dataset as prediction_of
from fieldbench.sparse.prediction import to_dataset
from fieldbench.sparse.problem import CLOUDS, from_dataset
from scipy.spatial.distance import cdist

TIMES, ROWS, COLUMNS = 40, 12, 24
TASK = {"mask": CLOUDS, "fraction": 0.15, "noise": 0.0, "seed": 3}
FIXED = {"shares": [0.5], "tapers": [0.6], "lengths": [0.8], "durations": [2.0], "nuggets": [1e-4]}


@cache
def sea():
    """Degrees (40, 12, 24): an annual cycle, and smooth waves that live some months."""
    rng = np.random.default_rng(0)
    latitude, longitude = np.linspace(-55, 55, ROWS), np.arange(0, 360, 15.0)
    north, east = np.meshgrid(np.radians(latitude), np.radians(longitude), indexing="ij")
    patterns = [
        np.cos(k * east + p) * np.cos(north) ** k * np.sin(m * north + p)
        for k, m, p in rng.uniform(1, 4, (12, 3))
    ]
    amplitudes = np.zeros((TIMES, 12))
    for month in range(1, TIMES):
        amplitudes[month] = 0.7 * amplitudes[month - 1] + rng.normal(size=12)
    month = np.arange(TIMES)[:, None, None]
    fields = (
        np.einsum("tk,kyx->tyx", amplitudes, patterns)
        + 20 * np.cos(north)
        + 5 * np.sin(north) * np.cos(2 * np.pi * month / 12)
    )
    time = np.arange("2010-01", "2013-05", dtype="datetime64[M]").astype("datetime64[ns]")
    return xr.Dataset(
        {"sst": (("time", "lat", "lon"), fields, {"units": "degC"})},
        {"time": time, "lat": latitude, "lon": longitude},
    )


@cache
def hidden():
    row, column = (part.ravel() for part in np.indices((ROWS, COLUMNS)))
    return _moving_clouds.hidden(TIMES, row, column, (ROWS, COLUMNS), 0).reshape(TIMES, ROWS, COLUMNS)


@pytest.fixture(scope="module")
def cloudy(tmp_path_factory):
    """The data set of the sea under clouds."""
    path = tmp_path_factory.mktemp("sea") / "sea.nc"
    sea().where(~hidden()).to_netcdf(path)
    return netcdf_series.load(path=str(path), variable="sst", gaps="keep", anomaly=True, harmonics=1)


@pytest.fixture(scope="module")
def task(cloudy):
    return masks.observed(cloudy, TASK)


@pytest.fixture(scope="module")
def problem(task):
    return from_dataset(task)


def test_nothing_is_dropped(cloudy, task):
    assert cloudy.sizes["point"] == ROWS * COLUMNS and cloudy.sizes["test_field"] == TIMES
    known = ~np.isnan(cloudy["test"].values)
    np.testing.assert_array_equal(known, ~hidden().reshape(TIMES, -1))
    parts = np.array([~np.isnan(task[split].values) for split in ("train", "validation", "test")])
    np.testing.assert_array_equal(parts.sum(0), known.astype(int))
    shares = 1 - known.mean(1)
    assert shares.min() < 0.5 and shares.max() > 0.8


def test_each_method_is_given_all_but_what_is_held_out(task, problem):
    validated, tested = (
        seen.on_points(ROWS * COLUMNS)
        for seen in (problem.validation_observations, problem.test_observations)
    )
    np.testing.assert_array_equal(validated, problem.train)
    np.testing.assert_array_equal(tested, problem.known)
    assert np.isnan(tested[~np.isnan(problem.test)]).all()
    counts = (problem.test_observations.index >= 0).sum(1)
    assert len(set(counts)) > 10, "the number of observations changes in time"


def test_what_is_held_out_lies_together_under_the_clouds_of_another_time(task, problem):
    """Cells held out at random would mostly be alone; these have neighbours that are held out, too."""
    held = problem.image(~np.isnan(problem.test)).astype(float) == 1
    assert held.sum() == pytest.approx(0.15 * np.sum(~hidden()), rel=0.02)
    beside = sum(np.roll(held, step, axis) for step in (-1, 1) for axis in (1, 2))
    assert beside[held].mean() > 2, "of four neighbours; 0.2 of random cells"


def test_the_cycle_is_that_of_what_is_learned_from(cloudy, task):
    """Values that are held out may change as they like: nothing that a method is given changes."""
    held = ~np.isnan(task["test"].values)
    other = cloudy.assign(test=cloudy["test"].where(~held, cloudy["test"] + 50))
    again = masks.observed(other, TASK)
    np.testing.assert_allclose(again["test_values"], task["test_values"])
    np.testing.assert_allclose(again["background"], task["background"])
    np.testing.assert_allclose(again["test"].values[held], task["test"].values[held] + 50, rtol=1e-4)


def test_a_cell_that_is_seldom_known_leans_on_the_others():
    """Known often, a cell has a cycle of its own; from two values that of all cells is the better guess."""
    rng, angle = np.random.default_rng(0), 2 * np.pi * np.arange(24) / 12
    design = np.stack([np.ones(24), np.cos(angle), np.sin(angle)], 1)
    truth = design @ (
        np.array([[20.0], [3.0], [1.0]]) + np.array([[5.0], [0.2], [0.2]]) * rng.normal(size=(3, 50))
    )
    noisy = truth + 0.1 * rng.normal(size=truth.shape)
    np.testing.assert_allclose(clouds.annual_cycle(noisy, design), truth, atol=0.2)
    noisy[2:, 0] = np.nan
    np.testing.assert_allclose(clouds.annual_cycle(noisy, design)[:, 0], truth[:, 0], atol=0.8)
    alone = design @ np.linalg.lstsq(design[:2], noisy[:2, 0])[0]
    assert np.abs(alone - truth[:, 0]).max() > 2


@pytest.mark.parametrize(("options", "message"), [
    ({"gaps": "keep", "previous": True}, "no `previous`"),
    ({"gaps": "keep", "time": None}, "set `time`"),
    ({}, "`gaps: keep` to have them filled"),
])  # fmt: skip
def test_what_a_series_with_gaps_cannot_do(tmp_path, options, message):
    sea().where(~hidden()).to_netcdf(tmp_path / "sea.nc")
    with pytest.raises(UserError, match=message):
        netcdf_series.load(path=str(tmp_path / "sea.nc"), variable="sst", **options)


def test_masks_and_data_sets_must_fit_one_another(cloudy, tmp_path):
    with pytest.raises(UserError, match="has gaps; set `mask: clouds`"):
        masks.observed(cloudy, TASK | {"mask": "uniform"})
    sea().to_netcdf(tmp_path / "sea.nc")
    whole = netcdf_series.load(path=str(tmp_path / "sea.nc"), variable="sst", gaps="keep")
    with pytest.raises(UserError, match="no series with gaps; set `gaps: keep`"):
        masks.observed(whole, TASK)


def krige(problem, seen, wanted, length, duration, neighbours=40):
    """Local kriging in space and time, written here: values (N,) at fields and points `wanted`.

    The covariance is exp(-distance / length - months / duration), the same everywhere.
    """
    values = seen.on_points(len(problem.position))
    months = seen.time / 30.44
    found = []
    for field, point in wanted:
        near = np.flatnonzero(np.abs(months - months[field]) <= 3.5)
        which, places = np.nonzero(~np.isnan(values[near]))
        time, chord = (
            months[near][which],
            np.linalg.norm(problem.coordinates[places] - problem.coordinates[point], axis=1),
        )
        few = np.argsort(chord / length + np.abs(time - months[field]) / duration)[:neighbours]
        time, places, chord = time[few], places[few], chord[few]
        between = (
            cdist(problem.coordinates[places], problem.coordinates[places]) / length
            + np.abs(time[:, None] - time) / duration
        )
        to_point = np.exp(-chord / length - np.abs(time - months[field]) / duration)
        weight = np.linalg.solve(np.exp(-between) + 1e-3 * np.eye(len(few)), to_point)
        found.append(weight @ values[near][which[few], places])
    return np.array(found)


def independent_error(problem, lengths, durations):
    """The held-out-cloud error of `krige`, with the length and duration that validation chooses."""

    def error(seen, truth, length, duration, most):
        wanted = np.argwhere(~np.isnan(truth))[:: max(1, np.sum(~np.isnan(truth)) // most)]
        rebuilt = krige(problem, seen, wanted, length, duration)
        return np.sqrt(np.mean((rebuilt - truth[tuple(wanted.T)]) ** 2))

    settings = [(length, duration) for length in lengths for duration in durations]
    best = min(
        settings, key=lambda chosen: error(problem.validation_observations, problem.validation, *chosen, 300)
    )
    return error(problem.test_observations, problem.test, *best, 10**6)


def test_what_is_recommended_fills_clouds_no_worse_than_an_independent_kriging(problem):
    method = space_time_kriging.build(
        problem, lengths=[0.4, 0.8, 1.6], durations=[2.0, 3.0], nuggets=[1e-4, 1e-2]
    )
    found = score.metrics(method.reconstruct(problem.test_observations), problem)
    independent = independent_error(problem, [0.4, 0.8, 1.6], [2.0, 4.0])
    assert found["rmse_data"] <= independent < score_of_zero(problem)
    assert found["coverage90_fraction"] == pytest.approx(0.9, abs=0.08)


@pytest.mark.skipif("FIELDBENCH_DATA_ROOT" not in os.environ, reason="no folder with the real files")
def test_so_it_does_under_clouds_over_real_fields():
    """ERSST under moving clouds, 40 to 90 % of every month missing, at every sixth cell."""
    root = os.environ["FIELDBENCH_DATA_ROOT"]
    data = ersst.load(data_root=root, download=False, anomaly=True, harmonics=2, clouds=0, stride=6)
    missing = np.isnan(data["test"].values).mean(1)
    assert 0.38 < missing.min() < 0.45 and 0.85 < missing.max() < 0.92 and len(missing) == 128
    problem = from_dataset(masks.observed(data, TASK | {"fraction": 0.1}))
    grid = {"lengths": [0.2, 0.4, 0.8], "durations": [2.0, 3.0, 5.0], "nuggets": [1e-4, 1e-3]}
    method = space_time_kriging.build(problem, **grid)
    found = score.metrics(method.reconstruct(problem.test_observations), problem)
    assert found["rmse_data"] <= independent_error(problem, [0.2, 0.4, 0.8], [2.0, 4.0])


def score_of_zero(problem):
    """The error of the annual cycle alone."""
    return np.sqrt(np.nanmean(problem.test**2))


def test_empirical_functions_fill_clouds_and_times_help_one_another(problem):
    smoothed = dineof.build(problem)
    found = score.metrics(smoothed.reconstruct(problem.test_observations), problem)
    alone = dineof.build(problem, widths=[0.0])
    of_2003 = score.metrics(alone.reconstruct(problem.test_observations), problem)
    assert smoothed.width > 0 and found["rmse_data"] < of_2003["rmse_data"] < score_of_zero(problem)
    assert found["coverage90_fraction"] == pytest.approx(0.9, abs=0.08)


@pytest.mark.parametrize("method", [gappy_pod, hybrid, optimal_interpolation, gaussian_mixture])
def test_methods_that_learn_from_whole_fields_say_that_they_cannot(problem, method):
    with pytest.raises(Unsuitable, match="learns from whole fields, and this series has gaps"):
        method.build(problem)


def test_functions_that_span_a_field_fill_its_gaps_exactly(problem):
    """Two patterns, and no noise: with two functions the gaps are filled, whatever they are filled with at first."""
    rng = np.random.default_rng(0)
    fields = rng.normal(size=(30, 2)) @ rng.normal(size=(2, 50))
    gappy = np.where(rng.random(fields.shape) < 0.2, np.nan, fields)
    filled = np.nan_to_num(gappy)
    for _ in range(10):
        filled = dineof.fill(gappy, filled, 2, np.eye(30))
    np.testing.assert_allclose(filled, fields, atol=0.02)


def test_a_field_without_observations_is_filled_from_its_neighbours_in_time(problem):
    seen, field = problem.test_observations, 20
    blind = replace(seen, index=np.where(np.arange(TIMES)[:, None] == field, -1, seen.index))
    method = space_time_kriging.build(problem, **FIXED)
    filled, whole = method.reconstruct(blind), method.reconstruct(seen)
    assert np.isfinite(filled.mean).all() and filled.mean[field].std() > 0.1
    assert filled.spread[field].mean() > whole.spread[field].mean()
    assert np.isnan(nearest.build(problem).reconstruct(blind).mean[field]).all(), "which sees one time alone"


def test_observations_count_for_less_the_larger_their_error(problem):
    method = space_time_kriging.build(problem, **FIXED)
    seen = problem.test_observations
    exactly, hardly = method.reconstruct(seen), method.reconstruct(replace(seen, error=seen.error + 1e4))
    there = ~np.isnan(seen.on_points(ROWS * COLUMNS))
    np.testing.assert_allclose(exactly.mean[there], seen.on_points(ROWS * COLUMNS)[there], atol=0.15)
    np.testing.assert_allclose(
        hardly.mean, np.broadcast_to(method.statistics.mean, hardly.mean.shape), atol=0.01
    )


def test_a_prediction_keeps_places_times_and_unit(problem, tmp_path):
    whole = nearest.build(problem).reconstruct(problem.test_observations)
    to_dataset(whole, problem).to_netcdf(tmp_path / "prediction.nc")
    with xr.open_dataset(tmp_path / "prediction.nc") as written:
        assert (
            written["mean"].dims == ("time", "latitude", "longitude")
            and written["mean"].attrs["units"] == "degC"
        )
        np.testing.assert_array_equal(written["time"], sea()["time"])
        np.testing.assert_allclose(written["latitude"], sea()["lat"])
        observed = sea()["sst"].values[
            ~np.isnan(problem.image(problem.test_observations.on_points(ROWS * COLUMNS)))
        ]
        np.testing.assert_allclose(
            written["whole"].values[~np.isnan(problem.image(problem.known))], observed, rtol=1e-4
        )
        np.testing.assert_allclose(
            prediction_of(written, problem.row, problem.column).mean, whole.mean, rtol=1e-6
        )
