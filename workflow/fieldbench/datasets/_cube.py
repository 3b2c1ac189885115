"""What every data set goes through: coordinates, region, masks, units and attributes."""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from fieldbench.errors import UserError
from fieldbench.physics import lines

AXES = ("y", "x", "stokes", "wavelength")
UNITS = {
    "stokes_profiles": "1",
    "noise": "1",
    "wavelength": "Angstrom",
    "b_los_true": "G",
    "b_transverse_true": "G",
    "azimuth_true": "degree",
}
STOKES = ["I", "Q", "U", "V"]


def require_line(line: str, *supported: str) -> None:
    """Check that a data set holds a line.

    Raises:
        UserError: it does not, or there is no such line.
    """
    lines.line(line)
    if line not in supported:
        raise UserError(f"Line '{line}' is not in this data set; set `line` to {' or '.join(supported)}.")


def require_usable(usable: xr.DataArray | np.ndarray, title: str, reasons: Iterable[str] = ()) -> None:
    """Check that at least one pixel is usable; `reasons` are sentences about those that are not.

    Raises:
        UserError: none is.
    """
    if not usable.any():
        raise UserError(
            " ".join(
                [
                    f"No pixel of {title} is usable: all {usable.size:,} are masked; check the file and `crop`.",
                    *reasons,
                ]
            )
        )


def measured(stokes: np.ndarray) -> np.ndarray:
    """Which of I, Q, U, V were measured, (4,): I and V always, Q and U unless they are NaN throughout (y, x, 4, W)."""
    return np.array([True, *~np.isnan(stokes[:, :, 1:3]).all((0, 1, 3)), True])


def pixel_coordinates(
    shape: tuple[int, int], arcsec: tuple[float, float] | None = None
) -> dict[str, xr.Variable]:
    """Coordinates y and x: pixel numbers, or arc seconds where `arcsec`, the size of a pixel, is known."""
    steps, unit = (arcsec, "arcsec") if arcsec else ((1, 1), "pixel")
    return {
        axis: xr.Variable(axis, step * np.arange(length), {"units": unit})
        for axis, step, length in zip(("y", "x"), steps, shape, strict=True)
    }


def region(field: xr.Dataset, crop: Sequence[int] | None, stride: int) -> xr.Dataset:
    """A part of a field: rows y0 to y1 and columns x0 to x1 (excluded), every `stride`-th pixel of each.

    Args:
        field: has dimensions y and x.
        crop: [y0, y1, x0, x1], or None for the whole field.
        stride: 1 or more.

    Raises:
        UserError: a crop that is not four numbers, is empty or leaves the field; a stride below 1.
    """
    ny, nx = field.sizes["y"], field.sizes["x"]
    edges = list(crop) if crop is not None else [0, ny, 0, nx]
    if len(edges) != 4 or not (0 <= edges[0] < edges[1] <= ny and 0 <= edges[2] < edges[3] <= nx):
        raise UserError(
            f"`crop` {edges} does not fit a field of {ny} x {nx} pixels; give [y0, y1, x0, x1] within it."
        )
    if stride < 1:
        raise UserError(f"`stride` is {stride}; it must be 1 or more.")
    y0, y1, x0, x1 = edges
    return field.isel(y=slice(y0, y1, stride), x=slice(x0, x1, stride))


def observation(
    stokes: np.ndarray, offsets: np.ndarray, noise: np.ndarray, coordinates: dict[str, xr.Variable]
) -> xr.Dataset:
    """Measured profiles as the data set that `finished` takes; all pixels count as usable so far.

    Args:
        stokes: (y, x, 4, W), relative to the continuum.
        offsets: (W,) from the line's centre, Angstrom.
        noise: (4,), relative to the continuum.
        coordinates: of y and x.
    """
    return xr.Dataset(
        {
            "stokes_profiles": (AXES, stokes.astype(np.float32, copy=False)),
            "noise": ("stokes", noise),
            "usable": (("y", "x"), np.ones(stokes.shape[:2], dtype=bool)),
        },
        coords={"stokes": STOKES, "wavelength": offsets, **coordinates},
    )


def finished(
    field: xr.Dataset, *, line: str, title: str, kind: str, notes: Iterable[str], **origin: str
) -> xr.Dataset:
    """The data set as it is written: pixels that are not finite masked and counted, units and attributes set.

    Profiles of pixels that are not finite become 0; their values mean nothing.

    Args:
        field: `stokes_profiles`, `noise`, `usable`, coordinates, and the truth where it is known.
        line: key of `physics.lines`.
        title, kind: attributes of that name.
        notes: what a reader of the data must know.
        origin: the attributes of `_files.provenance`.

    Raises:
        UserError: no pixel is usable.
    """
    finite = xr.apply_ufunc(np.isfinite, field["stokes_profiles"]).all(("stokes", "wavelength"))
    usable = field["usable"] & finite
    require_usable(usable, title)
    bad = int((~finite).sum())
    counted = [f"{bad:,} of {usable.size:,} pixels masked: a Stokes value is missing."] if bad else []
    if bad:
        field = field.assign(stokes_profiles=field["stokes_profiles"].where(finite, 0.0))
    field = field.assign(usable=usable)
    for name, unit in UNITS.items():
        if name in field.variables:
            field[name].attrs["units"] = unit
    return field.assign_attrs(
        title=title, line=line, kind=kind, notes="\n".join([*notes, *counted]), **origin
    )
