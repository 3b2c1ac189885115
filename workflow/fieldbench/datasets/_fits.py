"""Reading FITS images and columns of tables whole, and what headers say of their axes."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from astropy.wcs import WCS, WcsError

from fieldbench.errors import UserError

STOKES_CODES = {1: "I", 2: "Q", 3: "U", 4: "V"}  # FITS standard 4.0, table 29
SPECTRAL = ("WAVE", "AWAV", "VELO", "VRAD", "VOPT", "LAMBDA")  # how CTYPE of such an axis begins
KINDS = {  # how CTYPE of each axis begins
    "stokes": ("STOKES",),
    "wavelength": SPECTRAL,
    "x": ("HPLN", "HGLN", "CRLN", "SOLAR-X", "SOLARX", "SOLAR_X", "RA--"),
    "y": ("HPLT", "HGLT", "CRLT", "SOLAR-Y", "SOLARY", "SOLAR_Y", "DEC-"),
    "time": ("UTC", "TAI", "TIME"),
}
# Header keys of distortions that images of their own describe (Calabretta et al., WCS paper IV, draft).
DISTORTION = re.compile(r"(CWDIS|CPDIS|CQDIS|DW|DP|DQ)\d+")


def read(path: Path, hdu: int | str = 0) -> tuple[np.ndarray, fits.Header]:
    """The image in one HDU, in the machine's byte order, with its header.

    Args:
        path: FITS file.
        hdu: number (from 0) or name of the HDU.

    Raises:
        UserError: the file is truncated or not FITS, or the HDU does not exist or holds no image.
    """
    data, header = _opened(path, hdu, lambda units: (units[hdu].data, units[hdu].header))
    if data is None or data.dtype.names:
        raise UserError(f"{path} has no image in HDU {hdu!r}; its HDUs are {_known(path)}.")
    return _native(data), header


def _native(data: np.ndarray) -> np.ndarray:
    """An array in the machine's byte order; in its own memory where that can be, since cubes are large."""
    if data.dtype.isnative:
        return data
    return data.byteswap(inplace=data.flags.writeable).view(data.dtype.newbyteorder("="))


def header_of(path: Path, hdu: int | str = 0) -> fits.Header:
    """The header of an image's HDU, without its data.

    Raises:
        UserError: as `read`.
    """
    return _opened(path, hdu, lambda units: units[hdu].header)


def axes(header: fits.Header) -> list[str] | None:
    """What an image's axes are, in numpy's order: y, x, stokes, wavelength, time; None where the header does not say."""
    names = [str(header.get(f"CTYPE{number}", "")).upper() for number in range(header["NAXIS"], 0, -1)]
    found = [next((axis for axis, kinds in KINDS.items() if name.startswith(kinds)), "") for name in names]
    return found if all(found) and len(set(found)) == len(found) else None


def celestial(path: Path, hdu: int | str, x: int, y: int) -> WCS | None:
    """The coordinates of an image's pixels on the sky; None where the header has none, or needs more than itself for them.

    Args:
        path, hdu: the image.
        x, y: its axes in numpy's order; the first axis of the result is x.

    Raises:
        UserError: as `read`.
    """

    def along(units: fits.HDUList) -> WCS | None:
        head = units[hdu].header
        numbers = [head["NAXIS"] - axis for axis in (x, y)]
        kinds = [str(head.get(f"CTYPE{number}", "")).upper() for number in numbers]
        if not all(kinds) or any(kind.endswith("-TAB") for kind in kinds):
            return None
        try:
            return WCS(head, fobj=units).sub(numbers)
        except WcsError:  # coordinates that other axes change
            return None

    return _opened(path, hdu, along)


def read_column(path: Path, hdu: int | str, column: str) -> tuple[np.ndarray, str | None]:
    """A column of a table and its unit.

    Raises:
        UserError: as `read`, or no such column.
    """
    table, header = _opened(path, hdu, lambda units: (units[hdu].data, units[hdu].header))
    names = list(table.dtype.names or ()) if table is not None else []
    if column not in names:
        raise UserError(
            f"{path} has no column '{column}' in HDU {hdu!r}; its columns are {', '.join(names) or 'none'}."
        )
    values = np.ravel(table[column])
    return values.astype(values.dtype.newbyteorder("=")), header.get(f"TUNIT{names.index(column) + 1}")


def stokes_order(header: fits.Header, axis: int, count: int) -> list[str] | None:
    """The Stokes parameters along an axis that the header calls STOKES; None where it says nothing of the kind.

    Args:
        header: of the image.
        axis: of the array, in numpy's order.
        count: its length.
    """
    number = header.get("NAXIS", 0) - axis
    if not str(header.get(f"CTYPE{number}", "")).upper().startswith("STOKES"):
        return None
    first, step = header.get(f"CRVAL{number}", 1), header.get(f"CDELT{number}", 1)
    codes = first + (np.arange(count) + 1 - header.get(f"CRPIX{number}", 1)) * step
    names = [STOKES_CODES.get(round(float(code))) for code in codes]
    known = [name for name in names if name is not None]
    return known if len(known) == count else None


def stokes_axis(header: fits.Header) -> int | None:
    """The axis, in numpy's order, that the header calls STOKES."""
    count = header.get("NAXIS", 0)
    kinds = [str(header.get(f"CTYPE{number}", "")).upper() for number in range(count, 0, -1)]
    return next((axis for axis, kind in enumerate(kinds) if kind.startswith("STOKES")), None)


def wavelengths(path: Path, hdu: int | str, axis: int) -> tuple[np.ndarray, str]:
    """The coordinates along an axis by the header's WCS, tables (-TAB) included, and their unit.

    Coordinates are taken at the middle of the other axes; distortions such as a cavity map are not applied.

    Args:
        path: FITS file.
        hdu: number or name of the image's HDU.
        axis: of the array, in numpy's order.

    Raises:
        UserError: as `read`, or the header gives no wavelengths or velocities for the axis.
    """

    def along(units: fits.HDUList) -> tuple[np.ndarray, str]:
        image = units[hdu]
        if not has_wavelengths(image.header, axis):
            raise UserError(
                f"The header of {path} says nothing of wavelengths along axis {axis}; give `wavelengths` as numbers or by "
                "another file."
            )
        system = WCS(image.header, fobj=units)
        number = image.header["NAXIS"] - axis - 1
        points = np.tile((np.array(image.shape[::-1]) - 1) // 2, (image.shape[axis], 1)).astype(float)
        points[:, number] = np.arange(image.shape[axis])
        return system.wcs_pix2world(points, 0)[:, number], str(system.wcs.cunit[number])

    return _opened(path, hdu, along)


def has_wavelengths(header: fits.Header, axis: int) -> bool:
    """Whether the header gives wavelengths or velocities along an axis, in numpy's order."""
    return str(header.get(f"CTYPE{header['NAXIS'] - axis}", "")).upper().startswith(SPECTRAL)


def is_distorted(header: fits.Header) -> bool:
    """Whether images of their own change the coordinates from pixel to pixel, as a cavity map does."""
    return any(DISTORTION.match(str(key)) for key in header)


def _opened(path: Path, hdu: int | str, use: Callable[[fits.HDUList], Any]) -> Any:
    """What `use` takes from an open file; a `UserError` where it is damaged or has no such HDU."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd header cards
            warnings.filterwarnings("error", message=".*truncated")  # compressed images may read as zeros
            with fits.open(path, memmap=False) as units:
                return use(units)
    except LookupError as error:
        raise UserError(f"{path} has no image in HDU {hdu!r}; its HDUs are {_known(path)}.") from error
    except (OSError, ValueError, TypeError, AstropyWarning) as error:
        raise UserError(f"{path} is truncated or not FITS ({error}); copy or download it again.") from error


def _known(path: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(path, memmap=False) as units:
            return ", ".join(f"{number} ({unit.name})" for number, unit in enumerate(units))
