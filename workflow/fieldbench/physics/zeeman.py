"""The full Zeeman pattern of a line: where its components lie and how strong they are."""

from dataclasses import dataclass

import numpy as np

from fieldbench.physics.lines import Line


@dataclass(frozen=True)
class Components:
    """The components of one polarisation.

    Attributes:
        shifts: (n,) from the unsplit line, in units of `Line.shift_per_gauss` times the field strength.
        strengths: (n,) relative strengths; their sum is 1.
    """

    shifts: np.ndarray
    strengths: np.ndarray


@dataclass(frozen=True)
class Pattern:
    """The pi components, and the sigma components of the blue and red side (if g_eff is positive)."""

    pi: Components
    blue: Components
    red: Components


def pattern(line: Line) -> Pattern:
    """The Zeeman pattern of `line`: blue is M_upper - M_lower = +1, red -1, pi 0.

    Source: Landi Degl'Innocenti & Landolfi 2004, section 3.3.
    """
    return Pattern(pi=_components(line, 0), blue=_components(line, 1), red=_components(line, -1))


def _components(line: Line, change: int) -> Components:
    """All transitions between sublevels with M_upper = M_lower + `change`."""
    m_lower = np.arange(-line.j_lower, line.j_lower + 1)
    m_lower = m_lower[np.abs(m_lower + change) <= line.j_upper]
    weights = _weights(line.j_lower, m_lower, change, round(line.j_upper - line.j_lower))
    present = weights > 0
    shifts = line.g_lower * m_lower - line.g_upper * (m_lower + change)
    return Components(shifts[present], weights[present] / weights.sum())


def _weights(j: float, m: np.ndarray, change: int, j_change: int) -> np.ndarray:
    """Squared 3-j symbols of the dipole transitions j, m -> j + j_change, m + change, up to a common factor.

    Source: Landi Degl'Innocenti & Landolfi 2004, table 3.1.
    """
    if change == 0:
        return {1: (j + 1) ** 2 - m**2, 0: m**2, -1: j**2 - m**2}[j_change]
    m = change * m
    return {1: (j + m + 1) * (j + m + 2), 0: (j - m) * (j + m + 1), -1: (j - m) * (j - m - 1)}[j_change]
