"""From an array as it lies in a file to a data set: axes, wavelengths, continuum and noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from fieldbench.datasets import _cube
from fieldbench.datasets._cube import AXES
from fieldbench.errors import UserError
from fieldbench.physics import lines

ANGSTROMS = {"angstrom": 1.0, "angstroms": 1.0, "å": 1.0, "nm": 10.0, "nanometer": 10.0, "nanometre": 10.0}
NORMAL_SIGMA_PER_MAD = 1.4826  # a normal distribution's standard deviation over its median absolute deviation


@dataclass(frozen=True)
class Cube:
    """Profiles and wavelengths as a file gives them.

    Attributes:
        values: Stokes I, Q, U, V in any axis order, in any unit.
        axes: what the axes of `values` are, first to last, each one of `_cube.AXES`; a slit has no x.
        wavelengths: (W,), increasing, from the line's centre or absolute.
        unit: "Angstrom" or "nm"; None where neither the file nor the configuration gives one.
    """

    values: np.ndarray
    axes: Sequence[str]
    wavelengths: Sequence[float]
    unit: str | None


def observed(
    cube: Cube,
    *,
    line: str,
    title: str,
    noise: str | float | Sequence[float],
    continuum: str | float,
    mask_value: float | None = None,
    pixel_arcsec: float | None = None,
    crop: Sequence[int] | None,
    stride: int,
    **origin: str,
) -> xr.Dataset:
    """The data set of a measured cube.

    Args:
        cube: what the file holds.
        line: key of `physics.lines`.
        title: names the data, also in messages.
        noise: "estimate", or one or four standard deviations, relative to the continuum; see `noise_levels`.
        continuum: "divide" by the median of Stokes I at the outermost wavelength, "none", or a number to divide by.
        mask_value: a value that marks missing data; a pixel with one such value, or one NaN, is masked.
        pixel_arcsec: size of a pixel, arcsec, where it is known.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.
        origin: the attributes of `_files.provenance`.

    Raises:
        UserError: anything about cube or arguments that does not fit; the message names the key to correct.
    """
    stokes = oriented(cube.values, cube.axes, title).astype(np.float32)
    if mask_value is not None:
        stokes[stokes == mask_value] = np.nan
    _cube.require_usable(np.isfinite(stokes).all((2, 3)), title)
    offsets = line_offsets(cube.wavelengths, unit=cube.unit, line=line, count=stokes.shape[-1], name=title)
    level = continuum_level(stokes, offsets, continuum, title)
    stokes /= level
    coordinates = _cube.pixel_coordinates(stokes.shape[:2], (pixel_arcsec,) * 2 if pixel_arcsec else None)
    field = _cube.observation(stokes, offsets, noise_levels(stokes, offsets, noise, title), coordinates)
    return _cube.finished(
        _cube.region(field, crop, stride),
        line=line, title=title, kind="observed", notes=_notes(level, continuum, noise), **origin,
    )  # fmt: skip


def _notes(level: float, continuum: str | float, noise: str | float | Sequence[float]) -> list[str]:
    median = "the median of Stokes I at the wavelength farthest from the line"
    divided = f"Profiles were divided by {level:.6g}, {median if continuum == 'divide' else 'as configured'}."
    measured = (
        "The noise was estimated from second differences of neighbouring pixels at the outermost wavelengths."
    )
    return [*([divided] if continuum != "none" else []), *([measured] if noise == "estimate" else [])]


def oriented(values: np.ndarray, axes: Sequence[str], name: str) -> np.ndarray:
    """`values` with its axes in the order y, x, stokes, wavelength; a slit's missing x axis is added.

    Args:
        values: any array of real numbers.
        axes: what its axes are, first to last, each one of `AXES`.
        name: of the data, for messages.

    Raises:
        UserError: axes unknown, repeated or too few, or Stokes parameters other than four.
    """
    unknown = set(axes) ^ set(AXES)
    if unknown - {"x"} or len(set(axes)) != len(axes) or len(axes) != values.ndim:
        raise UserError(
            f"`axes` {list(axes)} does not fit {name} of shape {values.shape}; "
            f"name each of its axes once, from {', '.join(AXES)} (a slit has no x)."
        )
    cube = xr.Variable(tuple(axes), values)
    if "x" not in axes:
        cube = cube.expand_dims("x")
    if cube.sizes["stokes"] != 4:
        raise UserError(
            f"{name} has {cube.sizes['stokes']} values along its Stokes axis, not 4; "
            f"correct `axes` {list(axes)}."
        )
    return cube.transpose(*AXES).values


def line_offsets(
    wavelengths: Sequence[float], *, unit: str | None, line: str, count: int, name: str
) -> np.ndarray:
    """Distances from the line's centre, (W,) Angstrom. Values above 1000 Angstrom are taken as absolute.

    Args:
        wavelengths: (W,), in `unit`.
        unit: "Angstrom" or "nm"; None where neither the file nor the configuration gives one.
        line: key of `physics.lines`.
        count: length of the cube's wavelength axis.
        name: of the data, for messages.

    Raises:
        UserError: line or unit unknown, wrong number, not increasing, or the line's centre not among them.
    """
    centre = lines.line(line).wavelength
    if unit is None or unit.lower() not in ANGSTROMS:
        raise UserError(
            f"The unit of the wavelengths of {name} is {unit or 'missing'}; "
            "set `wavelength_unit` to Angstrom or nm."
        )
    values = _numbers(wavelengths, "wavelengths", name) * ANGSTROMS[unit.lower()]
    if values.shape != (count,) or count < 3:
        raise UserError(
            f"{name} has {count} points along its wavelength axis but {values.size} wavelengths are given; "
            "the numbers must agree, and be at least 3: correct `axes` or `wavelengths`."
        )
    if not (np.diff(values) > 0).all():
        raise UserError(
            f"The wavelengths of {name} do not increase; sort them, and the cube along with them."
        )
    if values[0] > 1000:
        values = values - centre
    if not values[0] < 0 < values[-1]:
        raise UserError(
            f"The wavelengths of {name} lie {values[0]:.3f} to {values[-1]:.3f} Angstrom from the centre of "
            f"{line}, which is not among them; correct `line`, `wavelengths` or `wavelength_unit`."
        )
    return values


def continuum_level(stokes: np.ndarray, offsets: np.ndarray, continuum: str | float, name: str) -> float:
    """What Stokes profiles are to be divided by.

    Args:
        stokes: (y, x, 4, W).
        offsets: (W,) Angstrom.
        continuum: "divide" for the field's median of Stokes I at the wavelength farthest from the line,
            "none" where the profiles are relative to the continuum already, or the level itself.
        name: of the data, for messages.

    Raises:
        UserError: any other word, or a level that is not positive.
    """
    if continuum == "none":
        return 1.0
    if continuum == "divide":
        continuum = _finite_median(stokes[:, :, 0, np.abs(offsets).argmax()])
    if isinstance(continuum, str) or not continuum > 0:
        raise UserError(
            f"`continuum` of {name} is {continuum!r}; it must be divide, none, or a positive number."
        )
    return float(continuum)


def noise_levels(
    stokes: np.ndarray, offsets: np.ndarray, noise: str | float | Sequence[float], name: str
) -> np.ndarray:
    """Standard deviation of the noise of I, Q, U and V, (4,), in the unit of `stokes`.

    "estimate" takes the outermost wavelength on either side, where polarisation is weakest, and second
    differences along the longer side of the field, which remove what varies linearly from pixel to pixel.
    Finer solar structure adds to the estimate: for Stokes I it is an upper bound.

    Args:
        stokes: (y, x, 4, W).
        offsets: (W,) Angstrom.
        noise: "estimate", one number for all, or four.
        name: of the data, for messages.

    Raises:
        UserError: not positive, not one or four numbers, or impossible to estimate.
    """
    if noise == "estimate":
        along = int(stokes.shape[1] > stokes.shape[0])
        differences = np.diff(stokes[..., [0, -1]], n=2, axis=along) / np.sqrt(6)
        levels = np.array([robust_sigma(differences[:, :, index]) for index in range(4)])
    else:
        levels = _numbers(noise, "noise", name)
    if levels.size not in (1, 4) or not (levels > 0).all():
        raise UserError(
            f"`noise` of {name} is {noise!r}, which gives {levels.tolist()}; "
            "give one positive number, or four, relative to the continuum."
        )
    return np.broadcast_to(levels, 4).copy()


def robust_sigma(values: np.ndarray) -> float:
    """Standard deviation of the bulk of `values`, from the median absolute deviation; NaN without any."""
    return NORMAL_SIGMA_PER_MAD * _finite_median(np.abs(values - _finite_median(values)))


def _numbers(values: float | Sequence[float] | np.ndarray, key: str, name: str) -> np.ndarray:
    """`values` as a vector; a `UserError` where one of them is not a number."""
    try:
        return np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError) as error:
        raise UserError(f"`{key}` of {name} is {values!r}; it must be numbers.") from error


def _finite_median(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else np.nan
