"""Wavelengths in turns: sums over folds against fits of the profiles themselves."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.physics import folds

rng = np.random.default_rng(1)
SLOPE, OBSERVED = rng.normal(size=(2, 3, 4, 9)), rng.normal(size=(2, 3, 4, 9))  # component, y, x, wavelength


@pytest.fixture
def problem():
    parts = [folds.sums(observed, slope, 4) for observed, slope in zip(OBSERVED, SLOPE, strict=True)]
    sums = {
        name: (("component", "fold", "y", "x"), np.stack([part[name] for part in parts]))
        for name in folds.SUMS
    }
    more = {"wavelengths_used": ("component", [9, 9]), "noise_variance": ("component", [4.0, 9.0])}
    return xr.Dataset({**sums, **more}, coords={"component": ["b_q", "b_u"]})


def test_a_fit_without_a_fold_is_that_of_the_other_wavelengths(problem):
    rest = np.array([index for index in range(9) if index % 4 != 1])
    slope, observed = SLOPE[..., rest], OBSERVED[..., rest]
    optimum = (slope * observed).sum(-1) / (slope**2).sum(-1)
    found = folds.without(problem, 1)
    np.testing.assert_allclose(found.optimum, optimum)
    np.testing.assert_allclose(found.curvature, (slope**2).sum(-1) / 9)
    np.testing.assert_allclose(found.floor, ((observed - slope * optimum[..., None]) ** 2).sum(-1) / 9)


def test_a_fold_judges_by_its_own_wavelengths(problem):
    field = xr.DataArray(rng.normal(size=(2, 3, 4)), dims=("component", "y", "x"))
    residuals = (OBSERVED - SLOPE * field.values[..., None])[..., [0, 4, 8]]
    expected = (residuals**2).sum(-1) / np.array([4.0, 9.0])[:, None, None]
    np.testing.assert_allclose(folds.misfit(problem, field, 0), expected)


def test_every_wavelength_is_in_one_fold(problem):
    assert [int(folds.wavelengths(problem, fold)[0]) for fold in range(4)] == [3, 2, 2, 2]
    assert [folds.count(number) for number in (1, 2, 3, 9)] == [0, 2, 3, 4]
