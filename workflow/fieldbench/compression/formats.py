"""People's files as fields and back: pictures, videos, NetCDF variables and NumPy arrays.

Reading leaves, besides the field, what writing needs to restore the file's form: a few plain values for the header of
an .fbc and binary sections beside it.
"""

import io
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fieldbench import ffmpeg, files
from fieldbench import io as netcdf
from fieldbench.compression.field import Field, from_pixels, make, to_dataset
from fieldbench.errors import UserError

NETCDF = (".nc", ".nc4", ".cdf")
VIDEO = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v", ".gif")
PICTURE = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".ppm", ".pgm", ".jp2", ".jxl")


@dataclass(frozen=True)
class Content:
    """A file's content.

    Attributes:
        field: the samples.
        form: plain values that say how to write the field as such a file again.
        sections: binary ones.
        rounding: largest change that single precision made to a value, in the field's unit.
    """

    field: Field
    form: dict[str, Any]
    sections: dict[str, bytes] = field(default_factory=dict)
    rounding: float = 0.0


def read(path: Path, variables: Sequence[str] = ()) -> Content:
    """Read a picture, video, NetCDF file or NumPy array.

    Args:
        variables: of a NetCDF file; may be left out where there is one.

    Raises:
        UserError: no such file, an unknown extension, a damaged file, or variables that do not fit one another.
    """
    if not path.is_file():
        raise UserError(f"{path} does not exist or is no file; check its name.")
    suffix = path.suffix.lower()
    if variables and suffix not in NETCDF:
        raise UserError(
            f"--variable is for NetCDF files ({', '.join(NETCDF)}), and {path} is none; leave it out."
        )
    readers = {
        **dict.fromkeys(NETCDF, partial(_read_netcdf, names=variables)),
        ".npy": _read_array,
        **dict.fromkeys(VIDEO, _read_video),
        **dict.fromkeys(PICTURE, _read_picture),
    }
    if suffix not in readers:
        raise UserError(f"{path} has an unknown extension; known: {', '.join(readers)}.")
    try:
        return readers[suffix](path)
    except UserError:
        raise
    except Exception as error:  # decoders raise errors of many types about damaged data
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{path} is damaged or of another type than its extension says ({first_line})."
        ) from error


def writer(path: Path, kind: str) -> Callable[[Content, Path], None]:
    """What writes content of a `kind` as a file like `path`.

    Raises:
        UserError: such a file cannot hold such content.
    """
    own = {"image": dict.fromkeys(PICTURE, _write_picture), "video": {".mkv": _write_video}}.get(kind, {})
    writers = {**own, ".nc": _write_netcdf, ".npy": _write_array}
    suffix = path.suffix.lower()
    suffix = ".nc" if suffix in NETCDF else suffix
    if suffix not in writers:
        raise UserError(f"{path}: a {kind} is written as {', '.join(writers)}; choose one of these.")
    return writers[suffix]


# Pictures


def _read_picture(path: Path) -> Content:
    import imagecodecs
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # a person names this very file
    try:
        with Image.open(path) as image:
            if getattr(image, "n_frames", 1) > 1:
                raise UserError(
                    f"{path} holds {image.n_frames} pictures; give them one by one, or as a video."
                )
            if not _deeper(path, image):
                return _from_pillow(image)
    except UnidentifiedImageError:
        pass  # a format, or a depth, that only the other library reads
    return _from_array(imagecodecs.imread(path), {"form": "pixels"})


def _deeper(path: Path, image: Any) -> bool:
    """Whether a PNG or TIFF has 16 bits in several channels, of which Pillow drops half."""
    if image.format == "PNG":
        return path.read_bytes()[24] == 16 and len(image.getbands()) > 1
    return image.format == "TIFF" and max(image.tag_v2.get(258, (8,))) > 8 and len(image.getbands()) > 1


def _from_pillow(image: Any) -> Content:
    form = {"form": "pillow", "mode": image.mode}
    image = image.convert()  # palettes become colours, other modes stay
    pixels = np.asarray(image)
    if image.mode in ("I", "F"):
        return Content(_variable(pixels[None], "1", ("L",)), form)
    if image.mode == "1":
        return _from_array(pixels.astype(np.uint8), form, levels=2)
    return _from_array(pixels, form, channels=image.getbands())


def _from_array(
    pixels: np.ndarray, form: dict[str, Any], *, levels: int = 0, channels: Sequence[str] = ()
) -> Content:
    """A picture (y, x) or (y, x, C) of unsigned 8 or 16 bits."""
    if pixels.dtype not in (np.uint8, np.uint16):
        raise UserError(f"A picture with values of type {pixels.dtype} is not supported; save it as .npy.")
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    levels = levels or int(np.iinfo(pixels.dtype).max) + 1
    channels = tuple(channels) or ("L", "LA", "RGB", "RGBA")[min(pixels.shape[2], 4) - 1]
    return Content(_coloured(pixels, "image", levels, channels), form)


def _coloured(
    pixels: np.ndarray, kind: str, levels: int, channels: Sequence[str], **attributes: Any
) -> Field:
    how = {"units": "1", "peak": 1.0, "levels": levels, "channels": tuple(channels)}
    return make(from_pixels(pixels, levels), kind=kind, attributes=attributes, **how)


def _write_picture(content: Content, path: Path) -> None:
    import imagecodecs

    try:
        with files.replacing(path) as temporary:
            if content.form.get("form") == "pillow" and path.suffix.lower() != ".jxl":
                _to_pillow(content.field).save(temporary)
            else:
                pixels = content.field.pixels()
                imagecodecs.imwrite(temporary, pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    except (ValueError, KeyError, RuntimeError, TypeError) as error:
        raise UserError(f"{path} cannot hold such pixels ({error}); write a .png or .tif instead.") from error


def _to_pillow(picture: Field) -> Any:
    from PIL import Image

    bands = np.moveaxis(picture.pixels(), -1, 0)
    if len(bands) == 1:
        return Image.fromarray(bands[0] > 0 if picture.levels == 2 else bands[0])
    return Image.merge("".join(picture.channels), [Image.fromarray(band) for band in bands])


# Videos


def _read_video(path: Path) -> Content:
    import imageio_ffmpeg

    frames = imageio_ffmpeg.read_frames(str(path), pix_fmt="rgb24")
    about = next(frames)
    width, height = about["size"]
    pixels = np.stack([np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in frames])
    film = _coloured(pixels, "video", 256, "RGB", frames_per_second=float(about["fps"]))
    return Content(film, {"form": "video"})


def _write_video(content: Content, path: Path) -> None:
    """Lossless: FFV1 in RGB."""
    film = content.field
    rate = str(film.attributes.get("frames_per_second", 25.0))
    source = [*ffmpeg.raw("rgb24", *film.shape[1:]), "-r", rate, "-i", "pipe:0"]
    with files.replacing(path) as temporary:
        target = ["-c:v", "ffv1", "-pix_fmt", "bgr0", str(temporary)]
        ffmpeg.run([*source, *target], data=film.pixels().tobytes())


# NetCDF variables


def _read_netcdf(path: Path, names: Sequence[str]) -> Content:
    with xr.open_dataset(path, decode_times=False) as opened:
        data = opened.load()
    parts = [data[name] for name in _chosen(path, data, names)]
    if any(part.dims != parts[0].dims for part in parts):
        raise UserError(
            f"The variables {', '.join(names)} of {path} have different dimensions; encode them apart."
        )
    units = {str(part.attrs.get("units", "1")) for part in parts}
    stacked = np.stack([part.values for part in parts])
    form = {"form": "netcdf", "variables": [part.name for part in parts]}
    form |= {"dims": list(parts[0].dims), "sizes": list(parts[0].shape)}
    if len(units) > 1:  # each in units of its range, from 0
        low, high = (np.array([end(part) for part in stacked]) for end in (np.nanmin, np.nanmax))
        form |= {"low": low.tolist(), "range": np.where(high > low, high - low, 1).tolist()}
        low, size = _per_variable(form)
        stacked, units = (stacked - low) / size, {"1"}
    return _numbers(stacked, *units, form, {"coordinates": _pack_coordinates(data, parts)})


def _per_variable(form: dict[str, Any]) -> list[np.ndarray]:
    """Lowest value and range of each variable, shaped like stacked variables."""
    return [np.reshape(form[key], (-1, *[1] * len(form["dims"]))) for key in ("low", "range")]


def _chosen(path: Path, data: xr.Dataset, names: Sequence[str]) -> list[str]:
    possible = [
        str(name) for name, part in data.items() if part.ndim and part.dtype.kind in "fiu" and part.size > 1
    ]
    names = list(names) or possible
    if not set(names) <= set(possible) or (len(names) > 1 and names is possible) or not names:
        raise UserError(
            f"{path} has the variables {', '.join(possible) or '(none)'}; choose by --variable NAME."
        )
    if data[names[0]].ndim > 4:
        raise UserError(f"{names[0]} of {path} has {data[names[0]].ndim} dimensions; four are the most.")
    return names


def _spread(values: np.ndarray) -> np.ndarray:
    """From (V, *sizes) to channels (C, y, x) or (C, z, y, x): lengths of 1 go, a fourth dimension becomes channels."""
    sizes = [size for size in values.shape[1:] if size > 1]
    sizes = [1] * (2 - len(sizes)) + sizes
    return values.reshape(-1, *sizes[-3:])


def _variable(values: np.ndarray, units: str, channels: tuple[str, ...]) -> Field:
    """A field (C, y, x) or (C, z, y, x) of any numbers; its peak is the range of what is known."""
    values = values.astype(np.float32)
    known = values[np.isfinite(values)]
    peak = float(known.max(initial=-np.inf) - known.min(initial=np.inf)) if known.size else 1.0
    kind = "variable" if values.ndim == 3 else "volume"
    return make(values, kind=kind, units=units, peak=peak or 1.0, levels=0, channels=channels)


def _numbers(
    values: np.ndarray, units: str, form: dict[str, Any], sections: dict[str, bytes] | None = None
) -> Content:
    """Content of variables (V, *sizes) of any numbers."""
    finite = values[np.isfinite(values)].astype(np.float64)
    rounding = float(np.abs(finite.astype(np.float32) - finite).max(initial=0.0))
    channels = _spread(values)
    names = tuple(str(number) for number in range(len(channels)))
    return Content(_variable(channels, units, names), form, sections or {}, rounding)


def _pack_coordinates(data: xr.Dataset, parts: Sequence[xr.DataArray]) -> bytes:
    """Coordinates and all attributes, as deflated NetCDF-3; each variable is a number that carries its attributes."""
    coordinates = xr.Dataset(
        {part.name: ((), 0.0, part.attrs) for part in parts},
        {name: parts[0].coords[name].variable for name in parts[0].coords},
        data.attrs,
    )
    for variable in coordinates.variables.values():
        variable.encoding = {}
    return zlib.compress(bytes(coordinates.to_netcdf(engine="scipy")), 9)


def _write_netcdf(content: Content, path: Path) -> None:
    netcdf.save_dataset(_dataset(content), path)


def _dataset(content: Content) -> xr.Dataset:
    form = content.form
    if form.get("form") != "netcdf":
        return to_dataset(content.field)
    packed = io.BytesIO(zlib.decompress(content.sections["coordinates"]))
    with xr.open_dataset(packed, engine="scipy", decode_times=False) as opened:
        data = opened.load()
    values = np.where(content.field.known, content.field.values, np.float32(np.nan))
    values = values.reshape(len(form["variables"]), *form["sizes"])
    if "low" in form:
        low, size = _per_variable(form)
        values = (low + size * values).astype(np.float32)
    for name, part in zip(form["variables"], values, strict=True):
        data[name] = (form["dims"], part, data[name].attrs)
    return data


# NumPy arrays


def _read_array(path: Path) -> Content:
    array = np.load(path, allow_pickle=False)
    if not 1 <= array.ndim <= 4 or array.dtype.kind not in "fiu" or not array.size:
        raise UserError(
            f"{path} holds {array.dtype} of shape {array.shape}; give 1 to 4 dimensions of real numbers."
        )
    form = {"form": "array", "dtype": array.dtype.str, "sizes": list(array.shape)}
    return _numbers(array[None] if array.ndim < 4 else array, "1", form)


def _write_array(content: Content, path: Path) -> None:
    """Of the type and shape that the file had; NaN where unknown."""
    values = np.where(content.field.known, content.field.values, np.float32(np.nan))
    if content.form.get("form") == "array":
        dtype = np.dtype(content.form["dtype"])
        values = values.reshape(content.form["sizes"])
        values = np.rint(values).astype(dtype) if dtype.kind in "iu" else values.astype(dtype)
    with files.replacing(path) as temporary:
        np.save(temporary, values, allow_pickle=False)
