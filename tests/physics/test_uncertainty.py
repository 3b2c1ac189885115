"""Uncertainties that are calibrated at wavelengths left out, on fields whose error is known."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.physics import folds
from fieldbench.physics.uncertainty import uncertain
from fieldbench.physics.weak_field import propagate
from scipy.ndimage import gaussian_filter

SHAPE = (120, 120)
SLOPE = np.array([1e-3, 1e-6, 1e-6])
NOISE = 0.1
SIGMA = NOISE / SLOPE / np.sqrt(8)  # of the closed form: 35 G, 188 G squared
NAMES = ("component", "y", "x")
COMPONENTS = ["b_los", "b_q", "b_u"]


def observed(truth, *, assumed=1.0, factors=(1.0, 1.0, 1.0, 1.0)):
    """Four folds of two wavelengths, with noise 0.1.

    Args:
        assumed: the noise that is said to be there, over the real one.
        factors: by which each fold's Q and U are larger than the formula has them.
    """
    rng = np.random.default_rng(0)
    signal = SLOPE[:, None, None, None] * truth[..., None] * np.ones(8)
    signal[1:] *= np.tile(factors, 2)
    values = signal + NOISE * rng.normal(size=signal.shape)
    parts = [
        folds.sums(profile, np.full(profile.shape, slope), 4)
        for profile, slope in zip(values, SLOPE, strict=True)
    ]
    sums = {
        name: (("component", "fold", "y", "x"), np.stack([part[name] for part in parts]))
        for name in folds.SUMS
    }
    rest = {
        "sigma": (NAMES, np.broadcast_to(assumed * SIGMA[:, None, None], truth.shape)),
        "noise_variance": ("component", np.full(3, (assumed * NOISE) ** 2)),
        "wavelengths_used": ("component", [8, 8, 8]),
        "training": (("y", "x"), np.ones(SHAPE, bool)),
    }
    return xr.Dataset(sums | rest, coords={"component": COMPONENTS, "fold": range(4)})


def ramp(weakest=0.5, strongest=5.0):
    strength = np.linspace(weakest, strongest, SHAPE[0] * SHAPE[1]).reshape(SHAPE)
    return np.stack([1000 * strength, 1e6 * strength, 0 * strength])


def missing(truth, error):
    """A field that misses the truth by `error` times the closed form's sigma, whatever fold is left out."""
    off = truth + error * SIGMA[:, None, None] * np.random.default_rng(1).normal(size=truth.shape)
    return xr.Dataset(
        {"field": (NAMES, off), "left_out": (("fold", *NAMES), np.stack([off] * 4))},
        {"component": COMPONENTS, "fold": range(4)},
    )


def pixelwise(problem):
    left = [folds.without(problem, fold)["optimum"].values for fold in range(4)]
    whole = (problem["fold_cross"].sum("fold") / problem["fold_slopes"].sum("fold")).values
    return xr.Dataset(
        {"field": (NAMES, whole), "left_out": (("fold", *NAMES), np.stack(left))}, {**problem.coords}
    )


def inside(found, truth):
    """Share of pixels whose interval holds the truth: B_los, B_T, azimuth."""
    b_los, b_q, b_u = truth
    transverse, azimuth = np.sqrt(np.hypot(b_q, b_u)), np.degrees(np.arctan2(b_u, b_q)) / 2
    turned = (found.azimuth - azimuth + 90) % 180 - 90
    held = (found.b_transverse_lower <= transverse) & (transverse <= found.b_transverse_upper)
    return [
        float(part.mean())
        for part in (abs(found.b_los - b_los) <= found.b_los_sigma, held, abs(turned) <= found.azimuth_sigma)
    ]


@pytest.mark.parametrize("error", [0.5, 1.0, 3.0])
def test_the_error_of_a_field_is_found_without_the_truth(error):
    truth = ramp()
    problem = observed(truth)
    found = uncertain(missing(truth, error), problem)
    # the field does not gain by the fold that it misses: the correction for that takes (3 / 4)^(1 / 4)
    scale = np.median(found.b_los_sigma / problem.sigma.sel(component="b_los"))
    assert scale == pytest.approx(error * 0.75**0.25, rel=0.15)


@pytest.mark.parametrize("error", [0.5, 2.0])
def test_the_intervals_of_all_three_hold_the_truth_as_often_as_they_say(error):
    truth = ramp()
    shares = inside(uncertain(missing(truth, error), observed(truth)), truth)
    assert all(0.58 < share < 0.76 for share in shares), shares


@pytest.mark.parametrize("strength", [0.3, 1.0, 2.0, 10.0])  # sigma of B_Q and B_U
def test_intervals_hold_a_field_that_noise_drowns_and_one_that_it_does_not(strength):
    """B_T is too large where noise rules, and its azimuth random: pixels of one true field, all over the map."""
    truth = np.stack([np.full(SHAPE, value) for value in (100.0, 0.0, strength * SIGMA[1])])
    problem = observed(truth)
    found = uncertain(pixelwise(problem), problem)
    shares = inside(found, truth)
    assert all(0.60 < share < 0.78 for share in shares), shares
    assert float(found.detected.mean()) == pytest.approx(
        {0.3: 0.01, 1.0: 0.05, 2.0: 0.17, 10.0: 1.0}[strength], abs=0.05
    )


def test_the_debiased_field_is_nearer_on_average_where_noise_rules():
    truth = np.stack([np.full(SHAPE, 0.0), np.full(SHAPE, 0.1 * SIGMA[1]), np.full(SHAPE, 0.0)])
    problem = observed(truth)
    found, true = uncertain(pixelwise(problem), problem), np.sqrt(0.1 * SIGMA[1])
    assert float(found.b_transverse.mean()) > 3 * true
    assert float(found.b_transverse_debiased.mean()) == pytest.approx(true, rel=0.5)


@pytest.mark.parametrize("assumed", [0.7, 1.5])
def test_the_noise_need_not_be_known(assumed):
    """A smooth field, whose error is far below a look's noise, with a noise that is said to be another than it is."""
    truth = ramp(strongest=2.0) * np.array([1, 1e-4, 1e-4])[:, None, None]
    field = missing(truth, 0.4)
    right, wrong = (uncertain(field, observed(truth, assumed=value)) for value in (1.0, assumed))
    ratio = float((wrong.azimuth_sigma / right.azimuth_sigma).median())
    assert ratio == pytest.approx(1.0, abs=0.05)


def test_a_formula_that_wavelengths_disagree_about_is_no_error_of_the_field():
    truth = ramp(0.0005, 0.005)
    field = missing(truth, 0.5)
    plain, off = (uncertain(field, observed(truth, factors=f)) for f in ((1, 1, 1, 1), (0.7, 1.3, 1.4, 0.6)))
    ratio = float((off.azimuth_sigma / plain.azimuth_sigma).median())
    assert ratio == pytest.approx(1.0, abs=0.15)


def test_noise_that_neighbours_share_changes_nothing():
    truth = np.stack([np.full(SHAPE, value) for value in (300.0, 0.0, 3 * SIGMA[1])])
    problem = observed(truth)
    signal = problem["fold_slopes"].values * truth[:, None]
    noise = gaussian_filter(problem["fold_cross"].values - signal, (0, 0, 0.8, 0.8), mode="wrap")
    problem["fold_cross"] = problem["fold_cross"].copy(data=signal + noise * 2 * np.sqrt(np.pi) * 0.8)
    shares = inside(uncertain(pixelwise(problem), problem), truth)
    assert all(0.60 < share < 0.78 for share in shares), shares


def test_without_folds_the_closed_form_is_believed():
    truth = ramp()
    problem = observed(truth)
    bare = missing(truth, 1.0)[["field"]]
    xr.testing.assert_identical(uncertain(bare, problem), propagate(bare["field"], problem["sigma"]))
