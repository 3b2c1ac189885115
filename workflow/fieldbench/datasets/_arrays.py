"""Arrays in people's files, each named by one reference: "file", or "file#part"."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
from scipy.io import readsav

from fieldbench.datasets import _fits, _netcdf
from fieldbench.datasets._files import own_file
from fieldbench.errors import UserError


@dataclass(frozen=True)
class Array:
    """Values as a file holds them, the unit that it gives, and what else it says (a FITS header, attributes)."""

    values: np.ndarray
    unit: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    dims: tuple[str, ...] = ()


def is_file(reference: Any) -> TypeGuard[str]:
    """Whether a reference names a file by its suffix, rather than a part of another."""
    return isinstance(reference, str) and Path(reference.partition("#")[0]).suffix.lower() in READERS


def read(reference: str, data_root: str | None) -> Array:
    """The array that a reference names.

    Args:
        reference: a file, and after "#" its part: FITS, an HDU by number or name, HDU/COLUMN of a table; NetCDF, a
            variable, GROUP/VARIABLE of a group; .npz and .sav, a variable. A .npy file has no parts.
        data_root: folder that the file may be relative to.

    Raises:
        UserError: no such file or part, or a damaged file.
    """
    path, _, part = reference.partition("#")
    return read_part(own_file(path, data_root), part)


def read_beside(file: Path, reference: int | str, data_root: str | None) -> Array:
    """The array that a reference names: of a file of its own, or a part of `file`."""
    return read(reference, data_root) if is_file(reference) else read_part(file, reference)


def read_part(file: Path, part: int | str) -> Array:
    """The array `part` of a file, as `read` names it."""
    reader = READERS.get(file.suffix.lower(), _fits_array)
    try:
        return reader(file, part)
    except UserError:
        raise
    except (OSError, RuntimeError, ValueError, EOFError) as error:
        raise UserError(
            f"{file} is truncated or of another format ({error}); copy or download it again."
        ) from error


def _fits_array(file: Path, part: int | str) -> Array:
    name, _, column = str(part).partition("/")
    hdu = int(name or 0) if name.isdecimal() or not name else name
    if column:
        return Array(*_fits.read_column(file, hdu, column))
    values, header = _fits.read(file, hdu)
    return Array(values, header.get("BUNIT"), header)


def _netcdf_array(file: Path, part: int | str) -> Array:
    variable = _netcdf.read(file, str(part))
    return Array(variable.values, variable.attrs.get("units"), variable.attrs, tuple(map(str, variable.dims)))


def _idl_array(file: Path, part: int | str) -> Array:
    try:
        content = readsav(str(file))
    except Exception as error:  # of no narrower class, where the format is another
        raise ValueError(str(error)) from error
    return Array(np.asarray(content[_named(str(part).lower(), content, file)]))


def _numpy_array(file: Path, part: int | str) -> Array:
    content = np.load(file, allow_pickle=False)
    return Array(content if isinstance(content, np.ndarray) else content[_named(str(part), content, file)])


def _named(name: str, content: Mapping[str, Any], file: Path) -> str:
    """A name that a file has; without a name, that of its only variable."""
    known = list(content)
    if not name and len(known) == 1:
        return known[0]
    if name not in known:
        raise UserError(
            f"{file.name} has no variable '{name}'; its variables are {', '.join(map(str, known))}."
        )
    return name


READERS: dict[str, Callable[[Path, int | str], Array]] = {
    **dict.fromkeys((".fits", ".fit", ".fts", ".fz"), _fits_array),
    **dict.fromkeys((".nc", ".nc4", ".cdf"), _netcdf_array),
    **dict.fromkeys((".sav", ".save", ".idl"), _idl_array),
    **dict.fromkeys((".npy", ".npz"), _numpy_array),
}
