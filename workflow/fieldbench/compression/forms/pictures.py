"""Pictures: whole levels by Pillow or imagecodecs, real ones as planes of numbers; written as they were or refused."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fieldbench import files
from fieldbench.compression import samples
from fieldbench.compression.field import Field, from_pixels, make
from fieldbench.compression.forms import _sizes
from fieldbench.compression.forms._content import Content, check_size, of_arrays
from fieldbench.compression.samples import Samples
from fieldbench.errors import UserError

# Of what a picture says about itself, and which formats can say it; a TIFF would be turned as its EXIF says.
KEPT = {
    "icc_profile": (".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff"),
    "exif": (".png", ".jpg", ".jpeg", ".webp", ".avif"),
    "dpi": (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"),
}
DEEP = (".png", ".tif", ".tiff", ".jp2", ".jxl")  # formats that are given 16 bits in several channels
# What decoders note about the file, not about the picture.
OF_NO_USE = (
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "adobe", "adobe_transform", "progressive", "progression",
    "compression", "interlace", "version", "background", "extension", "transparency", "loop", "duration", "bbox",
    "timestamp", "mpoffset", "resolution", "default_image", "lossless",
)  # fmt: skip
LOSSLESS: dict[str, dict[str, Any]] = {  # options of formats that lose something by themselves
    ".webp": {"lossless": True, "exact": True}, ".avif": {"quality": 100, "subsampling": "4:4:4"},
    ".jpg": {"quality": 95, "subsampling": 0}, ".jpeg": {"quality": 95, "subsampling": 0},
}  # fmt: skip


def frames(path: Path) -> int:
    """Pictures in a file; 1 where Pillow does not know it."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return getattr(image, "n_frames", 1)
    except UnidentifiedImageError:
        return 1


def read(path: Path, limit: int) -> Content:
    """A picture with 1 to 4 channels of whole levels, or with any number of real ones.

    Raises:
        UserError: several pictures, more values than the limit, or another type.
    """
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours
    try:
        with Image.open(path) as image:
            if (count := getattr(image, "n_frames", 1)) > 1:
                raise UserError(f"{path} holds {count} pictures; give them one by one, or as a video.")
            check_size(path, image.width * image.height * len(image.getbands()), limit)
            if not _deeper(path, image):
                return _from_pillow(path, image)
            lost = [f"its {key}" for key in (*image.info, *_sizes.further_tags(path)) if key not in OF_NO_USE]
    except UnidentifiedImageError:  # a format, or a depth, that only the other library reads
        check_size(path, _sizes.values(path), limit)
        lost = [f"its {key}" for key in _sizes.further_tags(path)] or [
            "a colour profile and EXIF, if it has any"
        ]
    return _from_imagecodecs(path, [f"not kept: {what}" for what in lost])


def coloured(pixels: np.ndarray, kind: str, levels: int, channels: Sequence[str], **attributes: Any) -> Field:
    """Pixels (*space, C) with so many levels as a field in [0, 1]."""
    return make(
        from_pixels(pixels, levels),
        kind=kind,
        units="1",
        peak=1.0,
        levels=levels,
        channels=tuple(channels),
        attributes=attributes,
    )


def write(content: Content, path: Path) -> tuple[str, ...]:
    """Write a picture; returned is what the format changes or drops, in words.

    Raises:
        UserError: the format cannot hold such pixels.
    """
    suffix = path.suffix.lower()
    try:
        data, pixels, mode = _written(content, suffix)
        changed = _changed(data, pixels, mode)
    except (ValueError, KeyError, RuntimeError, TypeError, OSError) as error:
        raise UserError(f"{path} cannot hold such pixels ({error}); write a .tif instead.") from error
    files.save_bytes(data, path)
    notes = [f"not kept: its {key}" for key in _about(content) if suffix not in KEPT[key] or not mode]
    if changed:
        notes.append(f"{path.name} itself changes values by up to {changed:g}; a .png or .tif keeps them")
    return tuple(notes)


def _deeper(path: Path, image: Any) -> bool:
    """Whether a PNG or TIFF has 16 bits in several channels, of which Pillow drops half."""
    if image.format == "PNG":
        with path.open("rb") as file:
            return file.read(25)[24] == 16 and len(image.getbands()) > 1
    return image.format == "TIFF" and max(image.tag_v2.get(258, (8,))) > 8 and len(image.getbands()) > 1


def _from_pillow(path: Path, image: Any) -> Content:
    kept = {key: image.info[key] for key in KEPT if image.info.get(key)}
    lost = [
        f"its {key}" for key in (*image.info, *_sizes.further_tags(path)) if key not in (*KEPT, *OF_NO_USE)
    ]
    mode = image.mode
    if "transparency" in image.info and mode in ("L", "RGB"):
        image = image.convert({"L": "LA", "RGB": "RGBA"}[mode])
    elif "transparency" in image.info and mode not in ("P", "PA"):
        lost.append("its transparent colour")
    if mode in ("P", "PA"):
        image = image.convert()
        lost.append(f"its palette: the colours come back as {image.mode}")
    sections: dict[str, bytes] = {key: kept[key] for key in ("icc_profile", "exif") if key in kept}
    dpi = {"dpi": [float(value) for value in kept["dpi"]]} if "dpi" in kept else {}
    form, notes = {"mode": image.mode, **dpi}, [f"not kept: {what}" for what in lost]
    pixels = np.asarray(image)
    if image.mode in ("I", "F"):
        return _planes(path, pixels[..., None], form, sections, notes)
    levels = 2 if image.mode == "1" else int(np.iinfo(pixels.dtype).max) + 1
    pixels = pixels.astype(np.uint8 if levels <= 256 else np.uint16).reshape(*pixels.shape[:2], -1)
    made = coloured(pixels, "image", levels, image.getbands())
    return Content(made, {"form": "pillow", **form}, sections, notes=tuple(notes))


def _from_imagecodecs(path: Path, notes: Sequence[str]) -> Content:
    import imagecodecs

    pixels = imagecodecs.imread(path)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3 or pixels.dtype.str[1:] not in samples.TYPES:
        raise UserError(f"{path} holds {pixels.dtype} of shape {pixels.shape}, no picture; save it as .npy.")
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.shape[2] > 4:
        return _planes(path, pixels, {}, {}, notes)
    channels = ("L", "LA", "RGB", "RGBA")[pixels.shape[2] - 1]
    levels = int(np.iinfo(pixels.dtype).max) + 1
    return Content(coloured(pixels, "image", levels, channels), {"form": "pixels"}, notes=tuple(notes))


def _planes(
    path: Path, pixels: np.ndarray, form: dict[str, Any], sections: dict[str, bytes], notes: Sequence[str]
) -> Content:
    """A picture (y, x, C) of any numbers."""
    planes = [np.ascontiguousarray(plane) for plane in np.moveaxis(pixels, -1, 0)]
    parts = [Samples(plane, samples.finite(plane)) for plane in planes]
    return of_arrays(parts, path, {**form, "form": "planes"}, sections, notes)


def _written(content: Content, suffix: str) -> tuple[bytes, np.ndarray, str]:
    """The file, the pixels (y, x, C) that it should hold, and Pillow's mode of it; none where Pillow does not write it."""
    if content.form.get("form") == "planes":
        if suffix not in (".tif", ".tiff"):
            raise ValueError("they are no levels but any numbers")
        pixels = np.stack(content.arrays(), axis=-1)
        return _by_imagecodecs(pixels, suffix), pixels, ""
    pixels = content.field.pixels()
    if suffix == ".jxl" or (pixels.dtype == np.uint16 and pixels.shape[-1] > 1):
        if suffix not in DEEP:
            raise ValueError("they have 16 bits in each channel")
        return _by_imagecodecs(pixels, suffix), pixels, ""
    mode = content.form.get("mode") or "".join(content.field.channels)
    return _by_pillow(content, mode, suffix), pixels, mode


def _by_imagecodecs(pixels: np.ndarray, suffix: str) -> bytes:
    import imagecodecs

    channels = pixels.shape[-1]
    pixels = pixels[..., 0] if channels == 1 else pixels
    if suffix in (".tif", ".tiff"):
        photometric = "rgb" if channels in (3, 4) else "minisblack"
        return bytes(imagecodecs.tiff_encode(pixels, photometric=photometric))
    if suffix == ".jxl":
        return bytes(imagecodecs.jpegxl_encode(pixels, lossless=True))
    if suffix == ".png":
        return bytes(imagecodecs.png_encode(pixels))
    return bytes(imagecodecs.jpeg2k_encode(pixels, reversible=True))


def _by_pillow(content: Content, mode: str, suffix: str) -> bytes:
    from PIL import Image

    Image.init()
    pixels, about = content.field.pixels(), _about(content)
    if pixels.shape[-1] == 1:
        picture = Image.fromarray(pixels[..., 0] > 0 if content.field.levels == 2 else pixels[..., 0])
    else:
        picture = Image.frombytes(mode, pixels.shape[1::-1], pixels.tobytes())
    options = {key: value for key, value in about.items() if suffix in KEPT[key]}
    target = io.BytesIO()
    picture.save(target, Image.registered_extensions()[suffix], **LOSSLESS.get(suffix, {}), **options)
    return target.getvalue()


def _about(content: Content) -> dict[str, Any]:
    """What of `KEPT` the picture says."""
    dpi = {"dpi": tuple(content.form["dpi"])} if "dpi" in content.form else {}
    return {**{key: content.sections[key] for key in KEPT if key in content.sections}, **dpi}


def _changed(data: bytes, pixels: np.ndarray, mode: str) -> float:
    """By how much the file's pixels differ at most.

    Raises:
        ValueError: it has other channels.
    """
    import imagecodecs
    from PIL import Image

    if mode:
        with Image.open(io.BytesIO(data)) as image:
            found = np.asarray(image)
            if image.mode != mode:
                raise ValueError(f"{mode} would become {image.mode}")
    else:
        found = imagecodecs.imread(data)
    if found.size != pixels.size:
        raise ValueError(f"a shape of {pixels.shape} would become {found.shape}")
    difference = np.abs(found.reshape(pixels.shape).astype(np.float64) - pixels)
    return float(np.nanmax(difference, initial=0.0))
