"""People's files as fields and back: which kind of file is read and written by which module of `forms`."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from fieldbench.compression.forms import arrays, netcdf, pictures, videos
from fieldbench.compression.forms._content import Content
from fieldbench.compression.limits import READING
from fieldbench.errors import UserError

NETCDF = (".nc", ".nc4", ".cdf")
VIDEO = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v", ".gif")
PICTURE = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".ppm", ".pgm", ".jp2", ".jxl")


def read(path: Path, variables: Sequence[str] = (), limit: int = READING) -> Content:
    """Read a picture, video, NetCDF file or NumPy array.

    Args:
        variables: of a NetCDF file; may be left out where there is one.
        limit: values that the file may hold; a larger one is refused before memory is taken for it.

    Raises:
        UserError: no such file, an unknown extension, a damaged or too large file, or variables that do not fit
            one another.
    """
    if not path.is_file():
        raise UserError(f"{path} does not exist or is no file; check its name.")
    suffix = path.suffix.lower()
    if variables and suffix not in NETCDF:
        raise UserError(
            f"--variable is for NetCDF files ({', '.join(NETCDF)}), and {path} is none; leave it out."
        )
    readers: dict[str, Callable[..., Content]] = {
        **dict.fromkeys(NETCDF, partial(netcdf.read, names=variables)),
        ".npy": arrays.read,
        **dict.fromkeys(VIDEO, videos.read),
        **dict.fromkeys(PICTURE, pictures.read),
    }
    if suffix not in readers:
        raise UserError(f"{path} has an unknown extension; known: {', '.join(readers)}.")
    try:
        single = suffix == ".gif" and pictures.frames(path) == 1
        return (pictures.read if single else readers[suffix])(path, limit=limit)
    except UserError:
        raise
    except Exception as error:  # decoders raise errors of many types about damaged data
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{path} is damaged or of another type than its extension says ({first_line})."
        ) from error


def writer(path: Path, content: Content) -> Callable[[Content, Path], tuple[str, ...]]:
    """What writes such content as a file like `path`, and returns in words what that changes.

    Raises:
        UserError: such a file cannot hold such content.
    """
    kind = "image" if content.form.get("form") == "planes" else content.field.kind
    own = {"image": dict.fromkeys(PICTURE, pictures.write), "video": {".mkv": videos.write}}.get(kind, {})
    writers = {**own, ".nc": netcdf.write, ".npy": arrays.write}
    suffix = path.suffix.lower()
    suffix = ".nc" if suffix in NETCDF else suffix
    if suffix not in writers:
        raise UserError(f"{path}: a {kind} is written as {', '.join(writers)}; choose one of these.")
    return writers[suffix]
