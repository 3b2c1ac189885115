"""Fields on regular grids, to be coded: pictures, videos, variables and volumes in their common form."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from PIL import Image, UnidentifiedImageError

from fieldbench.datasets import _cube
from fieldbench.errors import UserError

SPACE = {"image": ("y", "x"), "variable": ("y", "x"), "video": ("frame", "y", "x"), "volume": ("z", "y", "x")}
COLOURS = ("R", "G", "B")
LEVELS = 256
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")  # that become RGB without being cut off

Image.MAX_IMAGE_PIXELS = None  # pictures of a hundred megapixels are what is measured here, not an attack


def read_image(path: Path) -> np.ndarray:
    """A picture in any format that Pillow reads, as RGB of 8 bits, (y, x, 3) uint8.

    Raises:
        UserError: the file is damaged or no picture, holds several, or values that 8 bits of RGB do not.
    """
    try:
        with Image.open(path) as image:
            count = getattr(image, "n_frames", 1)
            if count > 1 or image.mode not in MODES:
                what = f"{count} pictures" if count > 1 else f"pixels of Pillow's mode {image.mode}"
                raise UserError(f"{path} holds {what}; save one picture of 8-bit RGB, such as a .png.")
            return np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise UserError(
            f"{path} is damaged or not a picture ({error}); copy or download it again."
        ) from error


def picture(
    pixels: np.ndarray,
    *,
    reduce: int = 1,
    crop: Sequence[int] | None = None,
    title: str,
    notes: Iterable[str] = (),
    frames_per_second: float | None = None,
    **origin: str,
) -> xr.Dataset:
    """The data set of an 8-bit RGB picture or video; values in [0, 1], multiples of 1/255.

    Args:
        pixels: (y, x, 3) or (frame, y, x, 3) uint8.
        reduce, crop: see `arranged`; means are rounded to 8 bits again.
        title, notes: attributes of that name.
        frames_per_second: of a video.
        origin: the attributes of `_files.provenance`.

    Raises:
        UserError: see `arranged`.
    """
    kind = "image" if pixels.ndim == 3 else "video"
    field = xr.DataArray(pixels, dims=(*SPACE[kind], "channel"), coords={"channel": list(COLOURS)})
    field = arranged(field, reduce=reduce, crop=crop)
    values = (xr.apply_ufunc(np.rint, field) / np.float32(LEVELS - 1)).astype(np.float32)
    rate = {} if frames_per_second is None else {"frames_per_second": frames_per_second}
    return finished(
        values, kind=kind, units="1", peak=1.0, levels=LEVELS, title=title, notes=notes, **rate, **origin
    )


def variable(
    field: xr.DataArray,
    *,
    units: str,
    reduce: int = 1,
    crop: Sequence[int] | None = None,
    title: str,
    notes: Iterable[str] = (),
    **origin: str,
) -> xr.Dataset:
    """The data set of measured quantities, NaN where unknown; the peak is the range of what is known.

    Args:
        field: (channel, y, x).
        units: of all channels.
        reduce, crop: see `arranged`; a block's mean is over its known values.
        title, notes, origin: as of `picture`.

    Raises:
        UserError: see `arranged`; or nothing is known, or all known values are equal.
    """
    values = arranged(field.astype(np.float32), reduce=reduce, crop=crop)
    lowest, highest = float(values.min()), float(values.max())
    if not lowest < highest:
        raise UserError(
            f"{title} has no two different known values; check the file, the variable and `crop`."
        )
    return finished(
        values,
        kind="variable",
        units=units,
        peak=highest - lowest,
        levels=0,
        title=title,
        notes=notes,
        **origin,
    )


def arranged(field: xr.DataArray, *, reduce: int, crop: Sequence[int] | None) -> xr.DataArray:
    """A part of a field, made coarser: means over blocks of `reduce` x `reduce` pixels; the rest at the edges is cut off.

    Args:
        field: has dimensions y and x.
        reduce: pixels of the cropped field, along y and x, that become one.
        crop: [y0, y1, x0, x1], pixels, the ends excluded.

    Raises:
        UserError: see `_cube.region`; or `reduce` is below 1 or larger than the field.
    """
    part = _cube.region(field.to_dataset(name="field"), crop, 1)["field"]
    if not 1 <= reduce <= min(part.sizes["y"], part.sizes["x"]):
        raise UserError(
            f"`reduce` is {reduce}; it must be at least 1 and at most the shorter side of "
            f"{part.sizes['y']} x {part.sizes['x']} pixels."
        )
    return part if reduce == 1 else part.coarsen(y=reduce, x=reduce, boundary="trim").mean()


def finished(
    values: xr.DataArray, *, kind: str, title: str, notes: Iterable[str], **attributes: Any
) -> xr.Dataset:
    """The data set as it is written: variable `field`, ("channel", *space) float32, NaN where unknown.

    Args:
        values: any order of these dimensions, with the coordinate `channel`.
        kind: key of `SPACE`.
        title, notes: attributes of that name.
        attributes: `units`; `peak`, what PSNR takes as the largest error; `levels`, 256 for 8-bit data and 0 for any
            value; `source`, `licence`, `file_checksums`; and what else belongs to the data.
    """
    field = values.transpose("channel", *SPACE[kind]).astype(np.float32)
    content = {"field": (field.dims, np.ascontiguousarray(field.values), {"units": attributes["units"]})}
    about = {"title": title, "kind": kind, "notes": "\n".join(notes), **attributes}
    return xr.Dataset(content, {"channel": field["channel"].values}, about)


def plane(content: xr.DataArray, channel: str, select: Mapping[str, int], name: str) -> xr.DataArray:
    """A plane of a variable as one channel, (channel, y, x).

    Args:
        content: of any dimensions.
        channel: its name in the result.
        select: dimension -> index from 0, for all but the two that become y and x, in their order.
        name: of the variable, for messages.

    Raises:
        UserError: an unknown dimension, an index outside it, or dimensions other than two left.
    """
    known = ", ".join(f"{dimension} ({length})" for dimension, length in content.sizes.items())
    try:
        left = content.isel(select)
    except (ValueError, IndexError) as error:
        raise UserError(
            f"{name} has no {dict(select)}: its dimensions are {known}; correct `select`."
        ) from error
    if left.ndim != 2:
        raise UserError(f"{name} has dimensions {known}; `select` must leave two of them.")
    coordinates = {"channel": [channel]}
    return xr.DataArray(left.values[None], dims=("channel", "y", "x"), coords=coordinates)
