"""What any method without a network must do, and what each one does exactly."""

from dataclasses import replace
from functools import cache
from importlib import import_module

import numpy as np
import pytest
from fieldbench.datasets import _fields, wave_family
from fieldbench.errors import UserError
from fieldbench.sparse import masks, score
from fieldbench.sparse.methods import gappy_pod, gaussian_process, hybrid, linear, optimal_interpolation, rbf
from fieldbench.sparse.problem import from_dataset

from tests.sparse.observing import exact

BLIND = ("nearest", "linear", "cubic", "rbf", "gaussian_process", "likely_kriging")  # need no training fields
LEARNING = ("gappy_pod", "optimal_interpolation", "hybrid")
SMALL = {
    "hybrid": {"shares": [0.8], "tapers": [5.0], "lengths": [4.0]},
    "likely_kriging": {"kernels": ["rbf"]},
}


def build(name, problem):
    return import_module(f"fieldbench.sparse.methods.{name}").build(problem, **SMALL.get(name, {}))


def waves(noise=0.0, family="simple", fraction=0.1):
    data = wave_family.load(family=family, train=300, validation=24, test=24, resolution=16)
    return from_dataset(masks.add_observations(data, "uniform", fraction, noise, seed=0))


def few(problem, fields=3):
    """The observations of the first test fields."""
    return problem.test_observations[:fields]


@pytest.fixture(scope="module")
def plain():
    return waves()


@pytest.fixture(scope="module")
def built(plain):
    """A function that gives the method of a name, built for `plain` once."""
    return cache(lambda name: build(name, plain))


@pytest.fixture(scope="module")
def sphere():
    """cos(latitude) cos(longitude - phase), phases random: a dipole, smooth across every meridian and pole."""
    y, x = np.arange(-80, 81, 10.0), np.arange(0, 360, 10.0)
    points = _fields.points(y, x, np.ones((y.size, x.size), dtype=bool), sphere=True)
    phase = np.random.default_rng(0).uniform(0, 2 * np.pi, (30, 1))
    latitude, longitude = (np.radians(points[name].values) for name in ("latitude", "longitude"))
    fields = np.cos(latitude) * np.cos(longitude - phase)
    splits = dict(zip(_fields.SPLITS, np.split(fields, [20, 26]), strict=True))
    data = _fields.finished(
        splits, points, unit="1", long_name="dipole", title="dipole", kind="generated", notes=[]
    )
    return from_dataset(masks.add_observations(data, "uniform", 0.1, 0.0, seed=0))


@pytest.mark.parametrize("name", [name for name in BLIND + LEARNING if name != "gappy_pod"])
def test_observations_without_noise_are_reproduced(plain, built, name):
    seen = few(plain)
    found = built(name).reconstruct(seen)
    np.testing.assert_allclose(np.take_along_axis(found.mean, seen.index, 1), seen.values, atol=2e-5)
    if found.spread is not None:
        assert np.take_along_axis(found.spread, seen.index, 1).max() < 1e-3 < np.median(found.spread)


@pytest.mark.parametrize("name", BLIND + LEARNING)
def test_the_order_of_observations_does_not_matter(plain, built, name):
    seen = few(plain)
    order = np.random.default_rng(0).permutation(seen.index.shape[1])
    method = built(name)
    first = method.reconstruct(seen)
    second = method.reconstruct(exact(seen.index[:, order], seen.values[:, order]))
    np.testing.assert_allclose(first.mean, second.mean, atol=1e-3)


@pytest.mark.parametrize("name", BLIND)
def test_a_constant_shift_of_a_blind_method_shifts_its_field(plain, built, name):
    seen = few(plain)
    method = built(name)
    first, second = method.reconstruct(seen), method.reconstruct(replace(seen, values=seen.values + 5))
    np.testing.assert_allclose(first.mean + 5, second.mean, atol=1e-3)


@pytest.mark.parametrize("name", BLIND + LEARNING)
def test_it_works_on_the_sphere_and_beats_ignorance(sphere, name):
    observations = sphere.test_observations
    found = score.metrics(build(name, sphere).reconstruct(observations), sphere)
    assert found["psnr_pooled_db"] > score.references(sphere)["constant_mean_db"] + 5


@pytest.mark.parametrize("name", LEARNING)
def test_learning_without_training_fields_is_refused(plain, name):
    with pytest.raises(UserError, match=f"'{name}' learns from training fields"):
        build(name, replace(plain, train=plain.train[:0], validation=plain.validation[:0]))


@pytest.mark.parametrize("name", BLIND)
def test_without_training_and_validation_fields_blind_methods_still_work(plain, name):
    nothing = plain.validation_observations[:0]
    alone = replace(
        plain, train=plain.train[:0], validation=plain.validation[:0], validation_observations=nothing
    )
    assert np.isfinite(build(name, alone).reconstruct(few(plain)).mean).all()


@pytest.mark.parametrize("name", BLIND)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_or_equal_observations_are_no_failure(plain, name, count):
    seen = exact(few(plain, 1).index[:, :count], np.full((1, count), 0.25))
    found = build(name, replace(plain, validation=plain.validation[:0])).reconstruct(seen)
    np.testing.assert_allclose(found.mean, 0.25, atol=1e-6)


def test_linear_interpolation_of_a_plane_is_exact(plain):
    plane = 1 + plain.position @ [2.0, -3.0]
    corners = [0, 15, 240, 255, 100, 37]
    found = linear.build(plain).reconstruct(exact(np.array([corners]), plane[None, corners]))
    np.testing.assert_allclose(found.mean[0], plane, atol=1e-6)


def test_the_map_is_closed_across_the_meridian(sphere):
    """Between observations at 350 and 10 degrees, linear interpolation gives their mean at 0."""
    longitude, latitude = sphere.longitude, sphere.latitude
    seen = np.flatnonzero(np.isin(longitude, [10, 350]) & (np.abs(latitude) <= 10))
    found = linear.build(sphere).reconstruct(exact(seen[None], (longitude[seen] == 10).astype(float)[None]))
    assert found.mean[0, (longitude == 0) & (latitude == 0)] == pytest.approx(0.5)


def test_gappy_pod_rebuilds_what_its_modes_span(plain):
    """Fields a + b y from training fields of that form: two numbers, known from any three points."""
    amplitudes = np.random.default_rng(0).normal(size=(40, 2))
    fields = amplitudes @ np.stack([np.ones(256), plain.position[:, 0]])
    index = plain.test_observations.index[:10]
    seen = exact(index, np.take_along_axis(fields[30:], index, 1))
    method = gappy_pod.build(
        replace(plain, train=fields[:30], validation=fields[30:], validation_observations=seen)
    )
    np.testing.assert_allclose(method.reconstruct(seen).mean, fields[30:], atol=1e-6)


def test_moments_are_the_sample_moments(plain):
    mean, variance, covariance = optimal_interpolation.moments(plain.train)
    expected = np.cov(plain.train.astype(float), rowvar=False)
    np.testing.assert_allclose(mean, plain.train.mean(0), atol=1e-6)
    np.testing.assert_allclose(variance, np.diag(expected), rtol=1e-6)
    some, others = np.array([3, 9]), np.array([0, 100, 200])
    np.testing.assert_allclose(covariance(some, others), expected[np.ix_(some, others)], atol=1e-9)


def test_a_large_data_set_has_the_same_covariance_without_a_table(plain, monkeypatch):
    table = optimal_interpolation.moments(plain.train)[2]
    monkeypatch.setattr(optimal_interpolation, "TABULATED", 10)
    rooted = optimal_interpolation.moments(plain.train)[2]
    some, others = np.array([3, 9]), np.array([0, 100, 200])
    np.testing.assert_allclose(rooted(some, others), table(some, others), atol=1e-12)


@pytest.mark.parametrize("name", ["optimal_interpolation", "gaussian_process", "hybrid"])
def test_intervals_hold_nine_times_in_ten(name):
    problem = waves(noise=0.05, family="multi-frequency")
    observations = problem.test_observations
    found = score.metrics(build(name, problem).reconstruct(observations), problem)
    assert found["coverage90_fraction"] == pytest.approx(0.9, abs=0.06)
    assert found["crps_data"] < found["mae_data"]


def test_noise_makes_the_mean_smoother_than_the_observations():
    problem = waves(noise=0.3)
    seen = few(problem)
    for name in ("gaussian_process", "optimal_interpolation"):
        found = np.take_along_axis(build(name, problem).reconstruct(seen).mean, seen.index, 1)
        truth = np.take_along_axis(problem.test[:3], seen.index, 1)
        assert np.abs(found - truth).mean() < np.abs(seen.values - truth).mean()


def test_the_chosen_parameters_are_among_those_offered(plain):
    method = hybrid.build(plain, shares=[0.5, 0.9], tapers=[2.0, 5.0], lengths=[1.0], ridges=[1e-4])
    step = hybrid.spacing(plain.validation_observations, plain.coordinates)
    assert method.chosen["share"] in (0.5, 0.9) and method.chosen["taper"] / step in (2.0, 5.0)
    assert method.chosen["length"] == step and method.factor > 0
    assert method.at_edge == ["share", "taper"], "of two values either is at the edge, of one none"


def test_lengths_of_the_hybrid_follow_the_scale_of_the_data(plain):
    """The same fields on a map ten times as wide have lengths ten times as long, and the same estimates."""
    wide = replace(plain, position=10 * plain.position)
    small, large = hybrid.build(plain), hybrid.build(wide)
    for name, times in {"share": 1, "taper": 10, "length": 10, "ridge": 1}.items():
        assert large.chosen[name] == pytest.approx(times * small.chosen[name])
    first, second = small.reconstruct(few(plain)), large.reconstruct(few(plain))
    np.testing.assert_allclose(first.mean, second.mean, atol=1e-6)


def test_the_width_of_radial_functions_is_the_one_that_predicts_what_is_left_out():
    """The closed form equals fits without one observation each; their best width is chosen."""
    places = np.random.default_rng(0).random((20, 2))
    values = np.sin(4 * places[:, 0])

    def left_out(width):
        errors = []
        for one in range(20):
            rest = np.delete(np.arange(20), one)
            kernel = np.exp(-(((places[:, None] - places) / width) ** 2).sum(-1)) + 1e-6 * np.eye(20)
            weights = np.linalg.solve(kernel[np.ix_(rest, rest)], values[rest])
            errors.append(kernel[one, rest] @ weights - values[one])
        return np.square(errors).sum()

    chosen = rbf.best_width(places, values, np.full(20, 1e-6))
    assert left_out(chosen) <= min(left_out(chosen * 1.33), left_out(chosen / 1.33))


def test_an_unknown_kernel_is_refused(plain):
    with pytest.raises(UserError, match="Unknown `kernel` 'cubic' of gaussian_process; known: rbf, matern12"):
        gaussian_process.build(plain, kernel="cubic")
