"""The centre-of-gravity estimate of B_los, which outlasts the weak-field approximation."""

import numpy as np

from fieldbench.physics.lines import Line


def line_of_sight_field(
    intensity: np.ndarray, stokes_v: np.ndarray, offsets: np.ndarray, of_line: Line
) -> np.ndarray:
    """B_los from the distance between the centroids of I + V and I - V.

    It needs the whole line and takes the continuum from the brightest point, so it is less precise than a
    weak-field fit where that holds; but it does not collapse where the line is split.

    Args:
        intensity, stokes_v: (..., W).
        offsets: (W,) Angstrom, around one line only.
        of_line: the line's wavelength and Landé factors.

    Returns:
        (...) in G; NaN where there is no absorption.

    Source: Semel 1967; Rees & Semel 1979.
    """
    depth = intensity.max(axis=-1, keepdims=True) - intensity
    distance = _centroid(depth - stokes_v, offsets) - _centroid(depth + stokes_v, offsets)
    return distance / 2 / (of_line.effective_lande * of_line.shift_per_gauss)


def _centroid(depth: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    weighted = depth * np.gradient(offsets)
    area = weighted.sum(axis=-1)
    return (weighted * offsets).sum(axis=-1) / np.where(area > 0, area, np.nan)
