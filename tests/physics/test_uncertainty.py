"""Uncertainties that are calibrated at wavelengths left out, on fields whose error is known."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.physics import folds
from fieldbench.physics.uncertainty import uncertain
from fieldbench.physics.weak_field import propagate

SHAPE = (120, 120)
SLOPE = np.array([1e-3, 1e-6, 1e-6])
NOISE = 0.1


def problem_and_fields(error):
    """Four folds of two wavelengths; fields that miss the truth by `error` times the closed form's sigma."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0.5, 5, 14400).reshape(SHAPE)
    truth = np.stack([1000 * ramp, 1e6 * ramp, 0 * ramp])
    observed = SLOPE[:, None, None, None] * truth[..., None] + NOISE * rng.normal(size=(3, *SHAPE, 8))
    parts = [
        folds.sums(values, np.full(values.shape, slope), 4)
        for values, slope in zip(observed, SLOPE, strict=True)
    ]
    sigma = np.broadcast_to((NOISE / SLOPE / np.sqrt(8))[:, None, None], truth.shape)
    names = ("component", "y", "x")
    problem = xr.Dataset(
        {
            name: (("component", "fold", "y", "x"), np.stack([part[name] for part in parts]))
            for name in folds.SUMS
        }
        | {
            "sigma": (names, sigma),
            "noise_variance": ("component", np.full(3, NOISE**2)),
            "training": (("y", "x"), np.ones(SHAPE, bool)),
        },
        coords={"component": ["b_los", "b_q", "b_u"], "fold": range(4)},
    )
    off = truth + error * sigma * rng.normal(size=truth.shape)
    field = xr.Dataset(
        {"field": (names, off), "left_out": (("fold", *names), np.stack([off] * 4))}, {**problem.coords}
    )
    return problem, field, truth


@pytest.mark.parametrize("error", [0.5, 1.0, 3.0])
def test_the_error_of_a_field_is_found_without_the_truth(error):
    problem, field, _ = problem_and_fields(error)
    found = uncertain(field, problem)
    # the field does not gain by the fold that it misses: the correction for that takes (3 / 4)^(1 / 4)
    scale = np.median(found.b_los_sigma / problem.sigma.sel(component="b_los"))
    assert scale == pytest.approx(error * 0.75**0.25, rel=0.15)


@pytest.mark.parametrize("error", [0.5, 2.0])
def test_the_intervals_of_all_three_hold_the_truth_as_often_as_they_say(error):
    problem, field, truth = problem_and_fields(error)
    found = uncertain(field, problem)
    truths = {"b_los": truth[0], "b_transverse": np.sqrt(truth[1]), "azimuth": truth[2]}
    for name, expected in truths.items():
        difference = found[name] - expected
        if name == "azimuth":
            difference = (difference + 90) % 180 - 90
        inside = float((abs(difference) <= found[f"{name}_sigma"]).mean())
        assert 0.58 < inside < 0.76, (name, inside)


def test_without_folds_the_closed_form_is_believed():
    problem, field, _ = problem_and_fields(1.0)
    bare = field[["field"]]
    xr.testing.assert_identical(uncertain(bare, problem), propagate(bare["field"], problem["sigma"]))
