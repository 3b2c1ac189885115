"""From an array as it lies in a file to a data set: the steps that every measured cube goes through."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from fieldbench.datasets import _cube, _noise, _orientation, _screen
from fieldbench.datasets._axes import oriented
from fieldbench.datasets._cube import STOKES
from fieldbench.datasets._plausible import Profiles, findings
from fieldbench.datasets._wavelengths import line_offsets
from fieldbench.physics import lines


@dataclass(frozen=True)
class Cube:
    """Profiles and wavelengths as a file gives them.

    Attributes:
        values: Stokes profiles in any axis order, in any unit.
        axes: what the axes of `values` are, first to last; see `_axes.oriented`.
        wavelengths: (W,), from the line's centre or absolute, in any order.
        unit: of the wavelengths; None where neither the file nor the configuration gives one.
        stokes: the parameters along the Stokes axis; None where nothing says that they are not I, Q, U, V.
        notes: what the file says that a reader of the data must know.
    """

    values: np.ndarray
    axes: Sequence[str]
    wavelengths: Sequence[float] | np.ndarray
    unit: str | None
    stokes: Sequence[str] | None = None
    notes: Iterable[str] = ()


def observed(
    cube: Cube,
    *,
    line: str,
    title: str,
    noise: str | float | Sequence[float],
    continuum: str | float,
    mask_value: float | None = None,
    pixel_arcsec: float | None = None,
    time: int | None = None,
    medium: str = "air",
    fractional: bool = False,
    flip: Sequence[str] = (),
    azimuth_zero: float = 0.0,
    crop: Sequence[int] | None,
    stride: int,
    **origin: str,
) -> xr.Dataset:
    """The data set of a measured cube.

    Args:
        cube: what the file holds.
        line: key of `physics.lines`.
        title: names the data, also in messages.
        noise: "estimate", or one or four standard deviations, relative to the continuum; see `_noise`.
        continuum: "divide" by the median of Stokes I at the outermost wavelength, "none", or a number to divide by.
        mask_value: a value that marks missing data; a pixel with one such value, or one NaN, is masked.
        pixel_arcsec: size of a pixel, arcsec, where it is known.
        time: which of the times of a cube with such an axis.
        medium: of absolute wavelengths, "air" or "vacuum".
        fractional: Q, U and V are fractions of Stokes I.
        flip, azimuth_zero: see `_orientation.turn`.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.
        origin: the attributes of `_files.provenance`.

    Raises:
        UserError: anything about cube or arguments that does not fit; the message names the key to correct.
    """
    stokes = _profiles(cube, title, time=time, mask_value=mask_value, fractional=fractional)
    offsets, order = line_offsets(
        cube.wavelengths, unit=cube.unit, line=line, count=stokes.shape[-1], name=title, medium=medium
    )
    if (np.diff(order) != 1).any():
        stokes = np.take(stokes, order, axis=-1)
    usable, masked = _screened(stokes, title)
    level = _noise.continuum_level(stokes, offsets, continuum, title)
    stokes /= level
    levels = _orientation.turned_noise(_noise.noise_levels(stokes, noise, title), azimuth_zero)
    _orientation.turn(stokes, flip, azimuth_zero)
    profiles = Profiles(stokes, offsets, lines.line(line), levels, title)
    found = findings(
        profiles, unit=cube.unit or "", level=level, fractional=fractional, ordered=bool(cube.stokes)
    )
    notes = [
        *cube.notes,
        *_orientation.notes(flip, azimuth_zero),
        *_notes(stokes, level, continuum, noise),
        *masked,
        *found,
    ]
    coordinates = _cube.pixel_coordinates(usable.shape, (pixel_arcsec,) * 2 if pixel_arcsec else None)
    field = _cube.observation(np.nan_to_num(stokes, copy=False), offsets, levels, coordinates)
    return _cube.finished(
        _cube.region(field.assign(usable=(("y", "x"), usable)), crop, stride),
        line=line,
        title=title,
        kind="observed",
        notes=notes,
        **origin,
    )


def _profiles(
    cube: Cube, name: str, *, time: int | None, mask_value: float | None, fractional: bool
) -> np.ndarray:
    """Profiles (y, x, 4, W), all in one unit; NaN where a value is missing."""
    stokes = oriented(cube.values, cube.axes, name, stokes=cube.stokes or STOKES, time=time)
    if mask_value is not None:
        stokes[stokes == mask_value] = np.nan
    if fractional:
        stokes[:, :, 1:] *= stokes[:, :, :1]
    return stokes


def _screened(stokes: np.ndarray, name: str) -> tuple[np.ndarray, list[str]]:
    """The usable pixels (y, x), and sentences about the others, whose `stokes` become NaN."""
    faults = _screen.faults(stokes)
    usable = ~np.any(list(faults.values()), axis=0)
    masked = _screen.counted(faults)
    _cube.require_usable(usable, name, masked)
    stokes[~usable] = np.nan
    return usable, masked


def _notes(
    stokes: np.ndarray, level: float, continuum: str | float, noise: str | float | Sequence[float]
) -> Iterator[str]:
    if continuum != "none":
        median = "the median of Stokes I at the wavelength farthest from the line"
        yield f"Profiles were divided by {level:.6g}, {median if continuum == 'divide' else 'as configured'}."
    if noise == "estimate":
        yield "The noise was estimated from second differences between pixels at the outermost wavelengths."
    if (distance := _noise.estimated(stokes)[1]) > 1:
        yield f"The noise is correlated between pixels that are less than {distance} apart."
    if not _cube.measured(stokes).all():
        yield "Without Q and U only B_los is inferred: B_T and azimuth mean nothing here."
