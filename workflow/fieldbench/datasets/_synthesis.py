"""Stokes profiles of a known atmosphere, as an instrument with Gaussian noise would record them."""

import numpy as np
import xarray as xr

from fieldbench.datasets import _cube
from fieldbench.datasets._cube import AXES, STOKES
from fieldbench.errors import UserError
from fieldbench.physics import lines
from fieldbench.physics.milne_eddington import stokes

FIELD = ("strength", "inclination", "azimuth")
MEDIUM = ("doppler_width", "damping", "line_to_continuum", "source_constant", "source_gradient", "velocity")

# Angstrom, the thirteen wavelengths of CRISP_5173_plage_wav.fits, and a broad chromospheric line.
MG_5173_OFFSETS = np.round(np.arange(-6, 7) * 0.04, 2)
MG_5173_MEDIUM = {"doppler_width": 0.08, "damping": 0.3, "line_to_continuum": 8.0}
QUIET_SOURCE = {"source_constant": 0.2, "source_gradient": 0.8, "velocity": 0.0}
AT_REST = (
    "Doppler width 0.08 Å, eta_0 8, damping 0.3 and source function 0.2 + 0.8 tau in every pixel, at rest."
)


def vector(b_x: np.ndarray, b_y: np.ndarray, b_z: np.ndarray) -> dict[str, np.ndarray]:
    """Strength (G), inclination to z and azimuth from x to y in [0, 180) (degree) of a field in gauss."""
    transverse = np.hypot(b_x, b_y)
    return {
        "strength": np.hypot(transverse, b_z),
        "inclination": np.degrees(np.arctan2(transverse, b_z)),
        "azimuth": np.degrees(np.arctan2(b_y, b_x)) % 180.0,
    }


def at_rest(
    b_x: np.ndarray, b_y: np.ndarray, b_z: np.ndarray, arcsec: tuple[float, float] | None = None
) -> xr.Dataset:
    """The atmosphere that `AT_REST` describes, with a given field.

    Args:
        b_x, b_y, b_z: (y, x), gauss, z along the line of sight; where one is NaN, the field is 0 and not usable.
        arcsec: size of a pixel (y, x), where it is known.
    """
    components = np.stack([b_x, b_y, b_z])
    known = np.isfinite(components).all(0)
    field = vector(*np.where(known, components, 0.0))
    variables = {name: (("y", "x"), values) for name, values in {**field, "usable": known}.items()}
    atmosphere = xr.Dataset(variables, coords=_cube.pixel_coordinates(known.shape, arcsec))
    return atmosphere.assign(MG_5173_MEDIUM | QUIET_SOURCE)


def observed(
    atmosphere: xr.Dataset, line: str, offsets: np.ndarray, *, noise: float, seed: int
) -> xr.Dataset:
    """Synthesise and add noise: the data set that `_cube.finished` takes, with the truth.

    Args:
        atmosphere: `usable` (y, x), and the parameters of `physics.milne_eddington.stokes`, (y, x) or scalar.
        line: key of `physics.lines`.
        offsets: (W,) from the line's centre, Angstrom.
        noise: standard deviation in all four Stokes parameters, relative to the continuum.
        seed: of the noise.

    Raises:
        UserError: noise that is not positive.
    """
    if not noise > 0:
        raise UserError(f"`noise` is {noise}; it must be a positive number, relative to the continuum.")
    parameters = {name: atmosphere[name].values for name in FIELD + MEDIUM}
    profiles = stokes(offsets, lines.line(line), **parameters).astype(np.float32)
    generator = np.random.default_rng([seed, 1])  # not the stream that a generated field comes from
    profiles += np.float32(noise) * generator.standard_normal(profiles.shape, dtype=np.float32)
    variables = {
        "stokes_profiles": (AXES, profiles),
        "noise": ("stokes", np.full(4, noise)),
        "usable": atmosphere["usable"],
    }
    coordinates = {"stokes": STOKES, "wavelength": offsets, **atmosphere.coords}
    return xr.Dataset({**variables, **_truth(atmosphere)}, coords=coordinates)


def _truth(atmosphere: xr.Dataset) -> dict[str, xr.DataArray]:
    inclination = np.radians(atmosphere["inclination"])
    return {
        "b_los_true": atmosphere["strength"] * np.cos(inclination),
        "b_transverse_true": atmosphere["strength"] * np.abs(np.sin(inclination)),
        "azimuth_true": atmosphere["azimuth"] % 180.0,
    }
