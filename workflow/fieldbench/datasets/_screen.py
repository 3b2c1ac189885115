"""Pixels whose profiles no Sun can have made: padding, dead pixels, cosmic rays."""

import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter

from fieldbench.datasets._cube import measured

# Why a pixel is masked, in the order in which reasons are looked for; a pixel counts under the first one.
MISSING = "a Stokes value is missing"
NOT_POSITIVE = "Stokes I is not positive"
CONSTANT = "Stokes I is the same at all wavelengths"
OVERPOLARISED = "Q, U or V exceeds Stokes I"
ISOLATED = "a value stands alone among its neighbours"

SMALLEST_VARIATION = 1e-3  # of Stokes I over its mean; lines are deeper
# A value stands alone if it lies farther beyond all neighbours than they differ among themselves times this.
# The finest structure that an instrument resolves reaches about 2, noise 1.
ALONE = 5.0
SMALLEST_SPIKE = 0.01  # of the median Stokes I; without it, fields free of noise would be all spikes
NEIGHBOURS = np.ones((5, 5), dtype=bool)
NEIGHBOURS[2, 2] = False


def faults(stokes: np.ndarray) -> dict[str, np.ndarray]:
    """The pixels (y, x) that are not usable, by reason.

    Args:
        stokes: (y, x, 4, W) in any unit; a Stokes parameter that is NaN throughout was not measured, which is no fault.
    """
    present = measured(stokes)
    values = stokes if present.all() else stokes[:, :, present]
    intensity, polarised = values[:, :, 0], values[:, :, 1:]
    good = np.ones(stokes.shape[:2], dtype=bool)
    found = {}
    with np.errstate(invalid="ignore"):
        tests = {
            MISSING: ~np.isfinite(values).all((2, 3)),
            NOT_POSITIVE: (intensity <= 0).any(-1),
            CONSTANT: np.ptp(intensity, axis=-1) < SMALLEST_VARIATION * np.abs(intensity.mean(-1)),
            OVERPOLARISED: (np.maximum(polarised.max(2), -polarised.min(2)) > intensity).any(-1),
        }
    for reason, pixels in tests.items():
        found[reason] = pixels & good
        good &= ~pixels
    found[ISOLATED] = _isolated(values, good)
    return found


def counted(found: dict[str, np.ndarray]) -> list[str]:
    """A sentence for each reason that masks a pixel."""
    return [
        f"{int(pixels.sum()):,} of {pixels.size:,} pixels masked: {reason}."
        for reason, pixels in found.items()
        if pixels.any()
    ]


def _isolated(stokes: np.ndarray, good: np.ndarray) -> np.ndarray:
    """The `good` pixels with a value, of any Stokes parameter at any wavelength, that stands alone."""
    if not good.any():
        return np.zeros_like(good)
    least = SMALLEST_SPIKE * np.median(stokes[:, :, 0][good])
    planes = stokes.reshape(*good.shape, -1)
    alone = [_alone(planes[..., index], good, least) for index in range(planes.shape[-1])]
    return np.any(alone, axis=0)


def _alone(plane: np.ndarray, good: np.ndarray, least: float) -> np.ndarray:
    highest = _extreme(maximum_filter, plane, good, -np.inf)
    lowest = _extreme(minimum_filter, plane, good, np.inf)
    known = good & np.isfinite(highest) & np.isfinite(lowest)
    beyond, spread = np.zeros(plane.shape), np.zeros(plane.shape)
    beyond[known] = np.maximum(plane - highest, lowest - plane)[known]
    spread[known] = (highest - lowest)[known]
    return beyond > ALONE * spread + least


def _extreme(of_neighbours, plane: np.ndarray, good: np.ndarray, nothing: float) -> np.ndarray:
    return of_neighbours(np.where(good, plane, nothing), footprint=NEIGHBOURS, mode="constant", cval=nothing)
