"""The file that is handed over: FITS with the cube's header and coordinates, or CF NetCDF."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr
from astropy.io import fits
from astropy.wcs import WCS

from fieldbench import files, io
from fieldbench.datasets import _fits, _hinode
from fieldbench.datasets._files import own_files
from fieldbench.inversion.delivery import recognise

FITS = (".fits", ".fit", ".fts")
SUFFIXES = (*FITS, ".nc")
UNITS = {"gauss": "G", "degree": "deg"}  # FITS standard 4.0, section 4.3
# Cards of the cube that are not true of a map: structure, scaling, checksums; and axes, whose coordinates are written anew.
NOT_KEPT = re.compile(
    r"SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|EXTNAME|EXTVER|EXTLEVEL|BUNIT|BSCALE|BZERO|BLANK|"
    r"DATAMIN|DATAMAX|CHECKSUM|DATASUM|WCSAXES.?|WCSNAME.?|LONPOLE.?|LATPOLE.?|Z[A-Z]+\d*|T[A-Z]+\d+|TFIELDS|"
    r"(CTYPE|CRPIX|CRVAL|CDELT|CUNIT|CNAME|CROTA|CRDER|CSYER)\d+.?|(PC|CD|PV|PS)\d+_\d+.?|"
    r"(CWDIS|CPDIS|CQDIS|CWERR|CPERR|CQERR|DW|DP|DQ)\d+.*"
)


def write(field: xr.Dataset, target: Path, cube: Path, entry: Mapping[str, Any]) -> None:
    """Write a recommended field, atomically, by the target's suffix.

    Args:
        field: see `report.field.recommended`.
        cube: whose header and coordinates a FITS file keeps.
        entry: `type` and `with` of its data set.

    Raises:
        UserError: see `files.replacing`.
    """
    if target.suffix.lower() == ".nc":
        io.save_dataset(field, target)
        return
    with files.replacing(target) as temporary:
        hdus(field, *_of_cube(cube, entry)).writeto(temporary, overwrite=True, checksum=True)


def _of_cube(cube: Path, entry: Mapping[str, Any]) -> tuple[fits.Header, WCS | None]:
    """The header of a cube, and the coordinates of the pixels that were taken of it, where it has them."""
    options = entry["with"]
    if entry["type"] == "netcdf_cube":
        return fits.Header(), None
    header, system = (_of_slits if entry["type"] == "hinode_raster" else _of_image)(cube, options)
    if system is not None:
        y0, _, x0, _ = options.get("crop") or (0, 0, 0, 0)
        _take(system, (x0, y0), options.get("stride", 1))
    return header, system


def _of_slits(cube: Path, options: Mapping[str, Any]) -> tuple[fits.Header, WCS | None]:
    headers = [_fits.header_of(file) for file in own_files(str(options["path"]), None)]
    return headers[0], _hinode.coordinates(headers)


def _of_image(cube: Path, options: Mapping[str, Any]) -> tuple[fits.Header, WCS | None]:
    hdu = recognise.first(options.get("hdu", 0))
    header = _fits.header_of(cube, hdu)
    axes = list(options["axes"])
    if "x" not in axes or len(axes) != header["NAXIS"]:
        return header, None
    return header, _fits.celestial(cube, hdu, axes.index("x"), axes.index("y"))


def _take(system: WCS, first: tuple[int, int], stride: int) -> None:
    """Count pixels (x, y) from `first` on, every `stride`-th alone: each keeps its own centre."""
    system.wcs.crpix = (system.wcs.crpix - 1 - first) / stride + 1
    if system.wcs.has_cd():
        system.wcs.cd = system.wcs.cd * stride
    else:
        system.wcs.cdelt = system.wcs.cdelt * stride


def hdus(field: xr.Dataset, header: fits.Header, system: WCS | None) -> fits.HDUList:
    """An image per map, B_los first, each with its unit, the cards of the cube that hold for it, and its coordinates."""
    made: list[Any] = []
    for name, values in field.data_vars.items():
        kind = fits.ImageHDU if made else fits.PrimaryHDU
        flags = values.dtype.kind == "i"  # FITS has no signed bytes
        image = kind(values.values.astype("u1") if flags else values.values, _cards(header, system))
        image.header["EXTNAME"] = str(name).upper()
        if units := values.attrs.get("units"):
            image.header["BUNIT"] = UNITS[units]
        made.append(image)
    _say(made[0].header, field)
    return fits.HDUList(made)


def _cards(header: fits.Header, system: WCS | None) -> fits.Header:
    kept = fits.Header(
        [card for card in header.cards if card.keyword and not NOT_KEPT.fullmatch(card.keyword)]
    )
    if system is not None:
        kept.update(system.to_header())
    return kept


def _say(header: fits.Header, field: xr.Dataset) -> None:
    """What a reader must know: methods, conventions, and what was odd."""
    methods = {"B_los": "b_los", "B_T and azimuth": "b_qu"}
    said = [
        f"{label}: {field.attrs[f'method_{name}']}, reduced chi2 {field.attrs[f'reduced_chi2_{name}']}"
        for label, name in methods.items()
        if field.attrs[f"method_{name}"]
    ]
    lines = [
        name for key in ("comment", "notes", "warnings") for name in field.attrs[key].split("\n") if name
    ]
    for line in [field.attrs["title"], f"line {field.attrs['line']}", *said, *lines]:
        header.add_comment(_ascii(line))


def _ascii(text: str) -> str:
    """FITS headers hold ASCII alone."""
    for sign, plain in {"Å": "A", "χ²": "chi2", "±": "+-", "–": "-", "×": "x"}.items():
        text = text.replace(sign, plain)
    return text.encode("ascii", "replace").decode()
