"""The regularised inversion: by hand, in its limits, and against a dense solve."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.inversion import regularized
from fieldbench.inversion.regularized import ALPHAS, invert, smooth
from fieldbench.physics import folds

NAMES = ["b_los", "b_q", "b_u"]


@pytest.fixture
def maps():
    rng = np.random.default_rng(3)
    curvature = 1e-9 * np.exp(rng.normal(size=(7, 5)))
    return curvature, rng.normal(0, 100, (7, 5)), rng.random((7, 5)) < 0.7


def energy(field, curvature, optimum, observed, alpha):
    scale = np.median(curvature[observed])
    data = (curvature / scale * (field - optimum) ** 2)[observed].sum()
    return data + alpha * sum((np.diff(field, axis=axis) ** 2).sum() for axis in (0, 1))


def test_two_pixels_by_hand():
    # weights 1 and 1, alpha 2: 1 (B1 - 0) + 2 (B1 - B2) = 0 and 1 (B2 - 10) + 2 (B2 - B1) = 0
    found = smooth(np.full((1, 2), 7e-9), np.array([[0.0, 10.0]]), np.ones((1, 2), dtype=bool), 2.0)
    np.testing.assert_allclose(found, [[4.0, 6.0]], rtol=1e-6)


def test_a_pixel_without_data_lies_between_its_neighbours():
    observed = np.array([[True, False, True]])
    found = smooth(np.ones((1, 3)), np.array([[0.0, 1e9, 9.0]]), observed, 1.0)
    # 1 B1 = 1 (B2 - B1), 2 B2 = B1 + B3, 1 (B3 - 9) = B2 - B3
    np.testing.assert_allclose(found, [[2.25, 4.5, 6.75]], rtol=1e-6)


@pytest.mark.parametrize("alpha", [1e-4, 0.1, 3.0, 1e3])
def test_it_is_the_minimum(maps, alpha):
    found = smooth(*maps, alpha)
    least = energy(found, *maps, alpha)
    for step in np.random.default_rng(0).normal(size=(20, 7, 5)):
        assert energy(found + 0.1 * step, *maps, alpha) > least


def test_without_smoothness_it_is_the_pixelwise_optimum(maps):
    _, optimum, observed = maps
    np.testing.assert_allclose(smooth(*maps, 1e-9)[observed], optimum[observed], rtol=1e-5)


def test_with_much_smoothness_it_is_the_weighted_mean(maps):
    curvature, optimum, observed = maps
    mean = (curvature * optimum)[observed].sum() / curvature[observed].sum()
    np.testing.assert_allclose(smooth(*maps, 1e9), np.full((7, 5), mean), rtol=1e-4)


def test_the_unit_of_the_curvature_does_not_matter(maps):
    curvature, optimum, observed = maps
    np.testing.assert_allclose(smooth(1e6 * curvature, optimum, observed, 0.5), smooth(*maps, 0.5), rtol=1e-6)


def test_a_direct_solve_takes_over_where_the_iteration_stops_early(maps, monkeypatch):
    expected = smooth(*maps, 0.5)
    monkeypatch.setattr(regularized, "MOST_ITERATIONS", 1)
    np.testing.assert_allclose(smooth(*maps, 0.5), expected, rtol=1e-5)


def noisy_problem(noise, height=100.0):
    """A smooth field of some 100 G with Gaussian noise in each of four wavelengths, a tenth of its pixels held out."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[0:24, 0:24] / 24
    truth = np.stack([height * np.sin(3 * rows + 2 * columns)] * 3)
    slope = 1e-4
    observed = slope * (truth[..., None] + 2 * noise * rng.normal(size=(*truth.shape, 4)))
    parts = [folds.sums(values, np.full(values.shape, slope), 4) for values in observed]
    problem = xr.Dataset(
        {
            name: (("component", "fold", "y", "x"), np.stack([part[name] for part in parts]))
            for name in folds.SUMS
        }
        | {
            "optimum": (("component", "y", "x"), observed.mean(-1) / slope),
            "curvature": (("component", "y", "x"), np.full(truth.shape, slope**2)),
            "training": (("y", "x"), rng.random((24, 24)) < 0.9),
            "wavelengths_used": ("component", [4, 4, 4]),
        },
        coords={"component": NAMES},
    )
    return problem, truth


def test_smoothing_brings_a_noisy_field_closer_to_the_truth():
    problem, truth = noisy_problem(noise=30.0)
    found = invert(problem)
    assert found.field.dims == ("component", "y", "x")
    error = np.sqrt(((found.field.values - truth) ** 2).mean())
    assert error < 0.5 * np.sqrt(((problem.optimum.values - truth) ** 2).mean())


def test_alpha_is_recorded_per_component_and_grows_with_the_noise():
    alphas = [invert(noisy_problem(noise)[0]).attrs for noise in (1.0, 30.0)]
    for name in NAMES:
        assert alphas[0][f"alpha_{name}"] < alphas[1][f"alpha_{name}"]


def test_held_out_pixels_change_nothing():
    problem, _ = noisy_problem(noise=30.0)
    spoilt = problem.copy(deep=True)
    spoilt["optimum"] = spoilt.optimum.where(problem.training, 1e12)
    xr.testing.assert_identical(invert(problem), invert(spoilt))


def test_alpha_is_judged_by_wavelengths_left_out_of_the_fit():
    exact, _ = noisy_problem(noise=0.0)
    noise, _ = noisy_problem(noise=30.0, height=0.0)
    assert invert(exact).attrs["alpha_b_los"] < 1e-3
    assert invert(noise).attrs["alpha_b_los"] > 100


def test_the_chosen_weight_is_about_the_best_by_the_truth():
    problem, truth = noisy_problem(noise=30.0)
    chosen = invert(problem).attrs["alpha_b_los"]
    maps = [problem[name].values[0] for name in ("curvature", "optimum")]

    def error(alpha):
        return ((smooth(*maps, problem.training.values, alpha) - truth[0]) ** 2)[
            problem.training.values
        ].mean()

    assert error(chosen) < 1.1 * min(map(error, ALPHAS[::4]))


def test_what_a_fold_judges_was_smoothed_without_it():
    problem, _ = noisy_problem(noise=30.0)
    spoilt = problem.copy(deep=True)
    spoilt["fold_cross"][:, 2] = 1e3
    kept = invert(problem, [0.1]).left_out.sel(fold=2)
    np.testing.assert_allclose(kept, invert(spoilt, [0.1]).left_out.sel(fold=2), rtol=1e-3, atol=1e-3)
