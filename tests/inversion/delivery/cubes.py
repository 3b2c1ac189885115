"""A small cube as people have them, made of profiles with a known field."""

import numpy as np
from astropy.io import fits
from fieldbench.datasets import plage_synthetic
from fieldbench.physics import lines

SHAPE = (24, 20)


def truth():
    """Profiles (y, x, stokes, wavelength) in Mg I 5173, with the field that they were made from."""
    return plage_synthetic.load(line="mg-i-5173", shape=list(SHAPE))


def header(offsets):
    """Helioprojective coordinates, wavelengths and Stokes parameters, for an array (stokes, wavelength, y, x)."""
    first = lines.line("mg-i-5173").wavelength + offsets[0]
    axes = (
        ("HPLN-TAN", "arcsec", 8.0, 100.0, 0.5),
        ("HPLT-TAN", "arcsec", 6.0, -50.0, 0.25),
        ("AWAV", "Angstrom", 1.0, first, offsets[1] - offsets[0]),
        ("STOKES", "", 1.0, 1.0, 1.0),
    )
    cards = fits.Header({"DATE-OBS": "2020-01-02T03:04:05", "OBJECT": "plage", "BUNIT": "counts"})
    for number, axis in enumerate(axes, start=1):
        for key, value in zip(("CTYPE", "CUNIT", "CRPIX", "CRVAL", "CDELT"), axis, strict=True):
            cards[f"{key}{number}"] = value
    return cards


def write_fits(path, made):
    """The cube with a header that says all; its pixel (2, 3) is missing."""
    values = made.stokes_profiles.transpose("stokes", "wavelength", "y", "x").values.copy()
    values[:, :, 2, 3] = np.nan
    fits.PrimaryHDU(values, header(made.wavelength.values)).writeto(path)
    return path
