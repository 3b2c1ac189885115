"""The correction: no known sample is off by more than the bound."""

from dataclasses import replace

import numpy as np
import pytest
from fieldbench.compression import field
from fieldbench.compression.correction import corrected_field, correction_of, largest_error
from fieldbench.errors import UserError
from fieldbench.kernels import magnitude_coder


def random_field(seed, kind="variable", levels=0):
    random = np.random.default_rng(seed)
    shape = (2, 9, 13) if kind == "variable" else (2, 3, 6, 7)
    values = random.normal(0, 10.0 ** random.integers(-6, 7), shape).astype(np.float32)
    values[:, *random.integers(0, 3, len(shape) - 1)] = np.nan
    if levels:
        values = random.integers(0, levels, shape) / np.float32(levels - 1)
    peak = float(np.nanmax(values) - np.nanmin(values))
    made = field.make(values, kind=kind, units="1", peak=peak, levels=levels, channels=("a", "b"))
    noise = random.standard_cauchy(shape) * peak / 50
    return made, field.rounded(replace(made, values=(made.values + noise).astype(np.float32)))


@pytest.mark.parametrize("kind", ["variable", "video"])
def test_no_known_sample_is_off_by_more_than_the_bound(kind):
    for seed in range(20):
        truth, decoded = random_field(seed, kind)
        for share in (1e-1, 1e-3, 1e-5):
            bound = truth.peak * share
            again = corrected_field(decoded, correction_of(truth, decoded, bound))
            assert largest_error(truth, again) <= bound
            assert np.array_equal(again.values[:, ~truth.known], decoded.values[:, ~truth.known])


@pytest.mark.parametrize("levels", [256, 65536])
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_data_with_levels_are_bounded_in_whole_levels(levels, steps):
    truth, decoded = random_field(4, levels=levels)
    again = corrected_field(decoded, correction_of(truth, decoded, steps / (levels - 1)))
    off = np.rint((again.values.astype(np.float64) - truth.values) * (levels - 1))
    assert np.abs(off).max() == steps
    assert np.array_equal(field.rounded(again).values, again.values)


def test_a_bound_finer_than_single_precision_gives_the_values_themselves():
    for seed in range(5):
        truth, decoded = random_field(seed)
        for bound in (truth.peak * 1e-9, 0.0):
            again = corrected_field(decoded, correction_of(truth, decoded, bound))
            assert np.array_equal(again.values[:, truth.known], truth.values[:, truth.known])


@pytest.mark.parametrize("bound", [-1.0, float("nan")])
def test_no_error_is_negative(bound):
    with pytest.raises(UserError, match="must not be negative"):
        correction_of(*random_field(1, levels=256), bound)


def test_numbers_that_cluster_take_less_than_their_entropy():
    """Half of the plane is 0, the other half spread: contexts see which half a sample is in."""
    random = np.random.default_rng(2)
    plane = np.rint(random.normal(0, 20, (1, 100, 100))).astype(np.int32)
    plane[:, :, :50] = 0
    data = magnitude_coder.encode(plane, np.ones(plane.shape, bool))
    spread = 0.5 * np.log2(2 * np.pi * np.e * 400) * 5000 / 8
    assert 0.98 * spread < len(data) < 1.1 * spread


def test_the_coder_returns_extreme_numbers_and_skips_the_unknown():
    random = np.random.default_rng(5)
    values = (random.standard_cauchy((3, 20, 30)) * 1e6).clip(-(2**31) + 1, 2**31 - 1).astype(np.int32)
    values[0, 0, :4] = [2**31 - 1, -(2**31) + 1, 0, 15]
    known = random.random(values.shape) < 0.7
    found = magnitude_coder.decode(magnitude_coder.encode(values, known), known)
    assert np.array_equal(found, np.where(known, values, 0))
