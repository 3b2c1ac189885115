"""Polarised spectral lines of a Milne-Eddington atmosphere: the Unno-Rachkovsky solution."""

from collections.abc import Iterator

import numpy as np
from scipy.special import wofz

from fieldbench.physics.lines import Line
from fieldbench.physics.zeeman import Components, pattern

LIGHT_SPEED = 299792.458  # km/s
POINTS_AT_ONCE = 2**18  # pixels times wavelengths; some twenty work arrays of this length are alive at a time


def stokes(
    offsets: np.ndarray,
    line: Line,
    *,
    strength: np.ndarray | float,
    inclination: np.ndarray | float,
    azimuth: np.ndarray | float,
    doppler_width: np.ndarray | float,
    damping: np.ndarray | float,
    line_to_continuum: np.ndarray | float,
    source_constant: np.ndarray | float,
    source_gradient: np.ndarray | float,
    velocity: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Stokes I, Q, U, V at disc centre for any number of pixels; parameters broadcast to the pixels' shape.

    The signs are those of `physics.weak_field`: in an absorption line with g_eff > 0, V is positive in the
    blue wing if the inclination is below 90 degrees, and Q is positive in both wings if the azimuth is 0.

    Args:
        offsets: (W,) wavelengths from the line's centre, Angstrom.
        line: its wavelength, angular momenta and Landé factors.
        strength: magnetic field, G.
        inclination: of the field to the line of sight, degree.
        azimuth: of the field in the plane of the sky, degree.
        doppler_width: Angstrom, positive.
        damping: Voigt's a, in Doppler widths.
        line_to_continuum: eta_0, ratio of line to continuum opacity at the line's centre if there were no
            damping.
        source_constant, source_gradient: S_0 and S_1 of the source function S_0 + S_1 tau, in the result's
            unit.
        velocity: along the line of sight, positive away from the observer, km/s.

    Returns:
        (..., 4, W) in the unit of the source function.

    Source: Landi Degl'Innocenti & Landolfi 2004, chapter 9, equation 9.110.
    """
    parameters = np.broadcast_arrays(
        strength, inclination, azimuth, doppler_width, damping,
        line_to_continuum, source_constant, source_gradient, velocity,
    )  # fmt: skip
    shape = parameters[0].shape
    offsets = np.asarray(offsets, dtype=float)
    columns = np.stack([np.asarray(values, dtype=float).ravel() for values in parameters])
    result = np.empty((columns.shape[1], 4, offsets.size))
    for part in _chunks(columns.shape[1], max(1, POINTS_AT_ONCE // offsets.size)):
        result[part] = _solve(offsets, line, *columns[:, part, None])
    return result.reshape(*shape, 4, offsets.size)


def _chunks(total: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, total, size))


def _solve(
    offsets, line, strength, inclination, azimuth, doppler_width, damping,
    line_to_continuum, source_constant, source_gradient, velocity,
) -> np.ndarray:  # fmt: skip
    """`stokes` for one chunk: parameters are (n, 1), the result is (n, 4, W)."""
    unsplit = offsets - line.wavelength * velocity / LIGHT_SPEED
    shift = line.shift_per_gauss * strength
    zeeman = pattern(line)
    pi, blue, red = (
        line_to_continuum / 2 * _profile(components, unsplit, shift, doppler_width, damping)
        for components in (zeeman.pi, zeeman.blue, zeeman.red)
    )
    total, polarised = _propagation(pi, blue, red, np.radians(inclination), np.radians(azimuth))
    return _emerge(total, polarised, source_constant, source_gradient)


def _profile(components: Components, unsplit, shift, doppler_width, damping) -> np.ndarray:
    """Absorption (real part, Voigt) and dispersion profile (imaginary part, Faraday-Voigt), (n, W)."""
    return sum(
        strength * wofz((unsplit - factor * shift) / doppler_width + 1j * damping)
        for factor, strength in zip(components.shifts, components.strengths, strict=True)
    )


def _propagation(pi, blue, red, inclination, azimuth) -> tuple[np.ndarray, np.ndarray]:
    """Elements of the propagation matrix in units of the continuum opacity.

    Returns:
        eta_I including the continuum, (n, W), real; and eta + i rho for Q, U, V, (3, n, W), complex.
    """
    sine_squared, cosine = np.sin(inclination) ** 2, np.cos(inclination)
    sigma = (blue + red) / 2
    linear = (pi - sigma) * sine_squared
    polarised = np.stack([linear * np.cos(2 * azimuth), linear * np.sin(2 * azimuth), (red - blue) * cosine])
    return 1 + (pi * sine_squared + sigma * (1 + cosine**2)).real, polarised


def _emerge(total, polarised, source_constant, source_gradient) -> np.ndarray:
    """The Unno-Rachkovsky solution, (n, 4, W)."""
    eta, rho = polarised.real, polarised.imag
    product = (eta * rho).sum(0)
    rho_squared = (rho**2).sum(0)
    determinant = total**2 * (total**2 - (eta**2).sum(0) + rho_squared) - product**2
    scale = source_gradient / determinant
    intensity = source_constant + scale * total * (total**2 + rho_squared)
    polarisation = -scale * (total**2 * eta + total * np.cross(rho, eta, axis=0) + rho * product)
    return np.stack([intensity, *polarisation], axis=-2)
