"""Signs of Q, U and V, and the direction that azimuths are counted from: brought to the conventions of the page."""

from collections.abc import Iterator, Sequence

import numpy as np

from fieldbench.datasets._cube import STOKES


def turn(stokes: np.ndarray, flip: Sequence[str], azimuth_zero: float) -> None:
    """Reverse signs, then refer Q and U to another direction, in place.

    Azimuths of the field become smaller by `azimuth_zero` (Landi Degl'Innocenti & Landolfi 2004, eq. 1.45).

    Args:
        stokes: (y, x, 4, W), I, Q, U, V.
        flip: the parameters whose sign is reversed: V for the sense of B_los, U for that of the azimuth.
        azimuth_zero: degrees from +Q towards +U.
    """
    for name in flip:
        stokes[:, :, STOKES.index(name)] *= -1
    if azimuth_zero:
        cosine, sine = _double(azimuth_zero)
        q, u = stokes[:, :, 1].copy(), stokes[:, :, 2].copy()
        stokes[:, :, 1] = cosine * q + sine * u
        stokes[:, :, 2] = cosine * u - sine * q


def turned_noise(noise: np.ndarray, azimuth_zero: float) -> np.ndarray:
    """The standard deviations (4,) of I, Q, U, V after Q and U were referred to another direction."""
    cosine, sine = _double(azimuth_zero)
    q, u = noise[1:3]
    if not (np.isfinite(q) and np.isfinite(u)):
        return noise
    return np.array([noise[0], np.hypot(cosine * q, sine * u), np.hypot(sine * q, cosine * u), noise[3]])


def _double(angle: float) -> tuple[float, float]:
    """Q and U turn twice as fast as a direction."""
    return float(np.cos(np.radians(2 * angle))), float(np.sin(np.radians(2 * angle)))


def notes(flip: Sequence[str], azimuth_zero: float) -> Iterator[str]:
    """What a reader of the field must know."""
    if flip:
        yield f"The sign of Stokes {' and '.join(flip)} was reversed, as configured (flip)."
    if azimuth_zero:
        yield (
            f"Azimuths are counted from a direction {azimuth_zero:g} degrees from +Q towards +U, as configured "
            "(azimuth_zero)."
        )
