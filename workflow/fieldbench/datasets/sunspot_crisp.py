"""A real sunspot's magnetic vector, inverted from SST/CRISP Fe I 6173 spectra, with synthetic profiles."""

import numpy as np
import xarray as xr
from scipy.io import readsav

from fieldbench.datasets import _cube, _synthesis
from fieldbench.datasets._files import declared, locate, provenance
from fieldbench.values import Count, Crop, Positive, Seed

FILES = declared("sunspot_crisp")
# Order of the planes of `smodel`; two more, macroturbulence and filling factor, are zero throughout.
PLANES = (
    "line_to_continuum", "strength", "velocity", "doppler_width", "damping",
    "inclination", "azimuth", "source_constant", "source_gradient",
)  # fmt: skip
# Equidistant, about CRISP's sampling of this line; the file does not say which wavelengths were observed.
FE_6173_OFFSETS = np.round(np.arange(-8, 9) * 0.035, 3)


def load(
    *,
    line: str,
    data_root: str | None,
    download: bool,
    noise: Positive,
    seed: Seed,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """298 x 294 pixels; the true field is the inverted one, not one from the weak-field approximation.

    In Fe I 6173 every pixel has the inversion's own line parameters. In Mg I 5173 width, opacity and damping
    are those of a broad chromospheric line everywhere; source function and velocity are the inversion's.

    Args:
        line: mg-i-5173 or fe-i-6173.
        data_root: folder that is looked in first.
        download: whether the file may be downloaded.
        noise: standard deviation, relative to the quiet continuum.
        seed: of the noise.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._cube.finished`, with the truth. Suspect pixels are not usable.

    Raises:
        UserError: file missing or not the pinned one, line not one of the two, or an argument out of range.
    """
    _cube.require_line(line, "mg-i-5173", "fe-i-6173")
    inverted = read_inversion(str(locate(FILES[0], data_root=data_root, download=download)))
    atmosphere = _cube.region(inverted, crop, stride)
    suspect = suspect_pixels(atmosphere)
    atmosphere = atmosphere.assign(usable=~suspect)
    offsets = FE_6173_OFFSETS
    if line == "mg-i-5173":
        offsets = _synthesis.MG_5173_OFFSETS
        atmosphere = atmosphere.assign(_synthesis.MG_5173_MEDIUM)
    return _cube.finished(
        _synthesis.observed(atmosphere, line, offsets, noise=noise, seed=seed),
        line=line,
        title="Sunspot, SST/CRISP",
        kind="semi-synthetic: real inverted field, synthetic profiles",
        notes=_notes(line, int(suspect.sum()), suspect.size),
        **provenance(*FILES),
    )


def suspect_pixels(atmosphere: xr.Dataset) -> xr.DataArray:
    """Where the inversion went astray: eta_0 > 500, |v| > 5 km/s, or an inclination below 0."""
    return (
        (atmosphere["line_to_continuum"] > 500)
        | (np.abs(atmosphere["velocity"]) > 5)
        | (atmosphere["inclination"] < 0)
    )


def read_inversion(path: str) -> xr.Dataset:
    """The inversion's maps, `PLANES` by name, (y, x): field in gauss, velocity in km/s, angles in degrees."""
    planes = readsav(path)["smodel"].astype(float)
    fields = {name: (("y", "x"), plane) for name, plane in zip(PLANES, planes, strict=False)}
    return xr.Dataset(fields, coords=_cube.pixel_coordinates(planes.shape[1:]))


def _notes(line: str, suspect: int, total: int) -> list[str]:
    opacity = {
        "mg-i-5173": "Doppler width 0.08 Å, eta_0 8 and damping 0.3 everywhere, not the inversion's.",
        "fe-i-6173": "The wavelengths are a choice of fieldbench: the inversion's are not known.",
    }
    return [
        f"{suspect:,} of {total:,} pixels masked as suspect: eta_0 > 500, |v| > 5 km/s or inclination < 0.",
        "Magnetic vector, source function and velocity are the inversion's. " + opacity[line],
        "Intensities are in the inversion's own unit, the quiet continuum to within 1 %.",
    ]
