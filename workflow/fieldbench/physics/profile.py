"""Intensity profiles: derivatives on uneven grids, and where and how wide a line is."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from fieldbench.errors import UserError

SHALLOWEST_LINE = 0.02  # depth over continuum; a weaker dip is no line to measure a width on


@dataclass(frozen=True)
class MeasuredLine:
    """Where a line was found: its centre and its half width at half depth, Angstrom."""

    centre: float
    half_width: float


def centred_differences(values: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """First derivative along the last axis: centred differences on an uneven grid, one-sided at its ends.

    Too small on a line that few points sample, so that fields inferred with it are too large.
    """
    return np.gradient(values, offsets, axis=-1)


def spline_slopes(values: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """First derivative along the last axis of the cubic spline through all points, "not-a-knot" at its ends."""
    return CubicSpline(offsets, values, axis=-1)(offsets, 1)


DERIVATIVES = {"centred": centred_differences, "spline": spline_slopes}


def slope_bias(name: str, offsets: np.ndarray, used: np.ndarray, half_width: float) -> float:
    """By what share a field inferred with a derivative is too large, on a Gaussian line of known derivative; inf if it is 0.

    Args:
        name: key of DERIVATIVES.
        offsets: (W,) from the line's centre.
        used: (n,), the indices that the field is inferred from.
        half_width: of the line at half depth, in the unit of `offsets`.
    """
    scaled = offsets / half_width * np.sqrt(2 * np.log(2))
    line = np.exp(-(scaled**2) / 2)
    true, taken = (-scaled * line)[used], DERIVATIVES[name](line, scaled)[used]
    power = (taken**2).sum()
    return float((taken * true).sum() / power - 1) if power else float("inf")


def best_derivative(offsets: np.ndarray, used: np.ndarray, half_width: float) -> str:
    """The derivative with the least bias where a line of this width is sampled so; see `slope_bias`."""
    return min(DERIVATIVES, key=lambda name: abs(slope_bias(name, offsets, used, half_width)))


def second_derivative(values: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Second derivative along the last axis from three neighbours; each end repeats its neighbour."""
    steps = np.diff(offsets)
    slopes = np.diff(values, axis=-1) / steps
    inner = 2 * np.diff(slopes, axis=-1) / (steps[1:] + steps[:-1])
    return np.concatenate([inner[..., :1], inner, inner[..., -1:]], axis=-1)


def measure_line(profile: np.ndarray, offsets: np.ndarray) -> MeasuredLine:
    """Centre and half width at half depth of the absorption line at offset 0.

    The line's bottom is the local minimum downhill from offset 0, its continuum the largest value in the
    window. The half-depth points are the first ones met on the way out, so that a neighbouring line does not
    matter; where the window cuts a wing off before half depth, that side mirrors the other.

    Args:
        profile: (W,) Stokes I, in any unit.
        offsets: (W,) increasing, Angstrom.

    Raises:
        UserError: there is no absorption line at offset 0.
    """
    bottom = _downhill(profile, int(np.abs(offsets).argmin()))
    continuum = profile.max()
    depth = continuum - profile[bottom]
    inside = offsets[0] < 0 < offsets[-1] and 0 < bottom < profile.size - 1
    if not (inside and depth > SHALLOWEST_LINE * continuum):
        raise UserError(
            f"No absorption line at wavelength offset 0 (window {offsets[0]:g} to {offsets[-1]:g} Angstrom); "
            "check that the dataset's wavelengths are offsets in Angstrom from the centre of its line."
        )
    blue, red = (_crossing(profile, offsets, bottom, step, continuum - depth / 2) for step in (-1, 1))
    blue = 2 * offsets[bottom] - red if np.isnan(blue) else blue
    red = 2 * offsets[bottom] - blue if np.isnan(red) else red
    return MeasuredLine(centre=float(blue + red) / 2, half_width=float(red - blue) / 2)


def _downhill(profile: np.ndarray, index: int) -> int:
    """The index of the local minimum that a descent from `index` ends in."""
    while True:
        around = np.arange(max(index - 1, 0), min(index + 2, profile.size))
        lowest = around[profile[around].argmin()]
        if not profile[lowest] < profile[index]:
            return index
        index = int(lowest)


def _crossing(profile: np.ndarray, offsets: np.ndarray, bottom: int, step: int, level: float) -> float:
    """The offset where `profile` first rises to `level` on one side of `bottom`; NaN if it never does."""
    outer = bottom + step
    while 0 <= outer < profile.size:
        if profile[outer] >= level:
            inner = outer - step
            share = (level - profile[inner]) / (profile[outer] - profile[inner])
            return offsets[inner] + share * (offsets[outer] - offsets[inner])
        outer += step
    return np.nan
