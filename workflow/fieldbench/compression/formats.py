"""People's files as fields and back: pictures, videos, NetCDF variables and NumPy arrays.

Reading leaves, besides the field, what writing needs to restore the file's form: a few plain values for the header of
an .fbc and binary sections beside it.
"""

import io
import zlib
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fieldbench import files
from fieldbench import io as netcdf
from fieldbench.compression.field import Field, make, to_dataset
from fieldbench.errors import UserError

NETCDF = (".nc", ".nc4", ".cdf")
VIDEO = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v", ".gif")
PICTURE = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".ppm", ".pgm", ".jp2", ".jxl")
TRANSPARENT = 128  # alpha below which a pixel takes a palette's transparent entry


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
    if suffix in NETCDF:
        return _read_netcdf(path, variables)
    for suffixes, reader in (((".npy",), _read_array), (VIDEO, _read_video), (PICTURE, _read_picture)):
        if suffix in suffixes:
            with _faults(path):
                return reader(path)
    raise UserError(
        f"{path} has an unknown extension; known: {', '.join((*NETCDF, '.npy', *VIDEO, *PICTURE))}."
    )


def writer(path: Path, kind: str) -> Callable[[Content, Path], None]:
    """What writes content of a `kind` as a file like `path`.

    Raises:
        UserError: such a file cannot hold such content.
    """
    suffix = path.suffix.lower()
    if suffix in NETCDF:
        return _write_netcdf
    if suffix == ".npy":
        return _write_array
    if kind == "image" and suffix in PICTURE:
        return _write_picture
    if kind == "video" and suffix == ".mkv":
        return _write_video
    fitting = {"image": PICTURE, "video": (".mkv",)}.get(kind, ())
    raise UserError(
        f"{path}: a {kind} is written as {', '.join((*fitting, '.nc', '.npy'))}; choose one of these."
    )


@contextmanager
def _faults(path: Path):
    """Whatever a library says about a damaged file, in one sentence."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # decoders raise errors of many types about damaged data
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{path} is damaged or of another type than its extension says ({first_line})."
        ) from error


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
    return _from_pixels(imagecodecs.imread(path), {"form": "pixels"})


def _deeper(path: Path, image: Any) -> bool:
    """Whether a PNG or TIFF has 16 bits in several channels, of which Pillow drops half."""
    if image.format == "PNG":
        return path.read_bytes()[24] == 16 and len(image.getbands()) > 1
    return image.format == "TIFF" and max(image.tag_v2.get(258, (8,))) > 8 and len(image.getbands()) > 1


def _from_pillow(image: Any) -> Content:
    form = {"form": "pillow", "mode": image.mode}
    if image.mode == "P":
        palette = _palette(image)
        pixels = palette[np.asarray(image)][..., : 4 if (palette[:, 3] < 255).any() else 3]
        made = _from_pixels(pixels, form).field
        return Content(made, form, {"palette": zlib.compress(palette.tobytes(), 9)})
    if image.mode == "1":
        return _from_pixels(np.asarray(image).astype(np.uint8), form, levels=2)
    if image.mode in ("I", "F"):
        values = np.asarray(image).astype(np.float32)
        return Content(_variable(values[None], "1", ("L",)), form)
    return _from_pixels(np.asarray(image), form, channels=image.getbands())


def _palette(image: Any) -> np.ndarray:
    """The colours (256, 4) that the numbers of a picture with a palette stand for; missing ones repeat the first."""
    from PIL import Image

    numbers = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    numbers.putpalette(image.getpalette())
    numbers.info = dict(image.info)
    colours = np.asarray(numbers.convert("RGBA"))[0].copy()
    colours[len(image.getpalette()) // 3 :] = colours[0]
    return colours


def _from_pixels(
    pixels: np.ndarray, form: dict[str, Any], *, levels: int = 0, channels: Sequence[str] = ()
) -> Content:
    """A picture (y, x) or (y, x, C) of unsigned 8 or 16 bits."""
    if pixels.dtype not in (np.uint8, np.uint16):
        raise UserError(f"A picture with values of type {pixels.dtype} is not supported; save it as .npy.")
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    levels = levels or int(np.iinfo(pixels.dtype).max) + 1
    channels = tuple(channels) or ("L", "LA", "RGB", "RGBA")[min(pixels.shape[2], 4) - 1]
    values = np.moveaxis(pixels, -1, 0).astype(np.float32) / np.float32(levels - 1)
    made = make(values, kind="image", units="1", peak=1.0, levels=levels, channels=tuple(channels))
    return Content(made, form)


def _write_picture(content: Content, path: Path) -> None:
    import imagecodecs

    pixels = _pixels(content.field)
    with files.replacing(path) as temporary, _unwritable(path):
        if content.form.get("form") == "pillow" and path.suffix.lower() != ".jxl":
            _to_pillow(pixels, content).save(temporary)
        else:
            imagecodecs.imwrite(temporary, pixels)


def _pixels(field: Field) -> np.ndarray:
    """(y, x) or (y, x, C), unsigned."""
    dtype = np.uint8 if field.levels <= 256 else np.uint16
    pixels = np.rint(np.moveaxis(field.values, 0, -1) * np.float32(field.levels - 1)).astype(dtype)
    return np.ascontiguousarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _to_pillow(pixels: np.ndarray, content: Content) -> Any:
    from PIL import Image

    mode = content.form["mode"]
    if mode == "P":
        palette = np.frombuffer(zlib.decompress(content.sections["palette"]), np.uint8).reshape(-1, 4)
        return _with_palette(pixels, palette)
    if mode == "1":
        return Image.fromarray(pixels * np.uint8(255)).convert("1", dither=Image.Dither.NONE)
    if pixels.ndim == 2:
        return Image.fromarray(pixels)
    return Image.merge(
        mode, [Image.fromarray(np.ascontiguousarray(band)) for band in np.moveaxis(pixels, -1, 0)]
    )


def _with_palette(pixels: np.ndarray, palette: np.ndarray) -> Any:
    """Each pixel by the nearest entry of a palette (K, 4); transparent ones by a transparent entry."""
    from PIL import Image

    clear = palette[:, 3] == 0
    entries = palette[:, : pixels.shape[2]].astype(np.int32)
    best = np.full(pixels.shape[:2], np.iinfo(np.int32).max)
    index = np.zeros(pixels.shape[:2], np.uint8)
    for entry in np.flatnonzero(~clear):
        distance = ((pixels - entries[entry]) ** 2).sum(axis=-1)
        index[distance < best] = entry
        np.minimum(best, distance, out=best)
    if clear.any():
        index[pixels[..., 3] < TRANSPARENT] = np.flatnonzero(clear)[0]
    image = Image.fromarray(index)
    image.putpalette(palette[:, :3].tobytes())
    if pixels.shape[2] == 4:
        image.info["transparency"] = palette[:, 3].tobytes()
    return image


# Videos


def _read_video(path: Path) -> Content:
    import imageio_ffmpeg

    frames = imageio_ffmpeg.read_frames(str(path), pix_fmt="rgb24")
    about = next(frames)
    width, height = about["size"]
    pixels = np.stack([np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in frames])
    values = np.moveaxis(pixels, -1, 0).astype(np.float32) / np.float32(255)
    rate = {"frames_per_second": float(about["fps"])}
    how = {"kind": "video", "units": "1", "peak": 1.0, "levels": 256, "channels": tuple("RGB")}
    return Content(make(values, attributes=rate, **how), {"form": "video"})


def _write_video(content: Content, path: Path) -> None:
    """Lossless: FFV1 in RGB."""
    import imageio_ffmpeg

    film = content.field
    frames = np.rint(np.moveaxis(film.values, 0, -1) * np.float32(255)).astype(np.uint8)
    size = frames.shape[2], frames.shape[1]
    rate = film.attributes.get("frames_per_second", 25.0)
    how = {"codec": "ffv1", "pix_fmt_in": "rgb24", "pix_fmt_out": "bgr0", "macro_block_size": 1}
    with files.replacing(path) as temporary, _unwritable(path):
        target = imageio_ffmpeg.write_frames(str(temporary), size, fps=rate, **how)
        target.send(None)
        for frame in frames:
            target.send(np.ascontiguousarray(frame))
        target.close()


# NetCDF variables


def _read_netcdf(path: Path, names: Sequence[str]) -> Content:
    with _faults(path), xr.open_dataset(path, decode_times=False) as opened:
        data = opened.load()
    parts = [data[name] for name in _chosen(path, data, names)]
    if any(part.dims != parts[0].dims for part in parts):
        raise UserError(
            f"The variables {', '.join(names)} of {path} have different dimensions; encode them apart."
        )
    units = [str(part.attrs.get("units", "1")) for part in parts]
    stacked = np.stack([part.values for part in parts])
    form = {
        "form": "netcdf",
        "variables": [part.name for part in parts],
        "dims": list(parts[0].dims),
        "sizes": list(parts[0].shape),
    }
    if len(set(units)) > 1:
        flat = stacked.reshape(len(stacked), -1)
        low, high = np.nanmin(flat, axis=1), np.nanmax(flat, axis=1)
        form |= {"low": low.tolist(), "range": np.where(high > low, high - low, 1).tolist()}
        stacked = _scaled(stacked, form)
        units = ["1"]
    channels = _spread(stacked)
    finite = np.isfinite(stacked)
    rounding = np.abs(stacked[finite].astype(np.float32) - stacked[finite]).max(initial=0.0)
    made = _variable(channels, units[0], tuple(str(number) for number in range(len(channels))))
    return Content(made, form, {"coordinates": _pack_coordinates(data, parts)}, float(rounding))


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


def _scaled(values: np.ndarray, form: dict[str, Any]) -> np.ndarray:
    """Each variable in units of its range, from 0."""
    low, size = (np.reshape(form[key], (-1, *[1] * (values.ndim - 1))) for key in ("low", "range"))
    return (values - low) / size


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
        low, size = (np.reshape(form[key], (-1, *[1] * len(form["dims"]))) for key in ("low", "range"))
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
    made = _spread(array[None] if array.ndim < 4 else array)
    form = {"form": "array", "dtype": array.dtype.str, "sizes": list(array.shape)}
    finite = array[np.isfinite(array)].astype(np.float64)
    rounding = float(np.abs(finite.astype(np.float32) - finite).max(initial=0.0))
    return Content(_variable(made, "1", tuple(str(n) for n in range(len(made)))), form, rounding=rounding)


def _write_array(content: Content, path: Path) -> None:
    """Of the type and shape that the file had; NaN where unknown."""
    values = np.where(content.field.known, content.field.values, np.float32(np.nan))
    if content.form.get("form") == "array":
        dtype = np.dtype(content.form["dtype"])
        values = values.reshape(content.form["sizes"])
        values = np.rint(values).astype(dtype) if dtype.kind in "iu" else values.astype(dtype)
    with files.replacing(path) as temporary:
        np.save(temporary, values, allow_pickle=False)


@contextmanager
def _unwritable(path: Path):
    """Whatever a library says about pixels that a format does not take, in one sentence."""
    try:
        yield
    except (ValueError, KeyError, RuntimeError, TypeError) as error:
        raise UserError(f"{path} cannot hold such pixels ({error}); write a .png or .tif instead.") from error
