"""A cube with a known field, on its way into files as other people write them."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from astropy.io import fits
from fieldbench import registry
from fieldbench.datasets import _synthesis
from fieldbench.physics.weak_field import propagate, weak_field_problem

AXES = ["y", "x", "stokes", "wavelength"]
OFFSETS = _synthesis.MG_5173_OFFSETS
CENTRE = 5172.6843
SCHEME = {"b_los": {"within": 3.0}, "b_qu": {"beyond": 0.8, "within": 3.0}}
HELD_OUT = {"fraction": 0.1, "seed": 0}
LARGEST_SPLITTING = 0.9


@cache
def region() -> xr.Dataset:
    """20 x 24 pixels of a smooth field in Mg I 5173, continuum 1, noise 1e-3, with its truth."""
    y, x = np.mgrid[:20, :24] / 20
    b_los, transverse = 500 * np.sin(3 * x) * np.cos(2 * y), 450 + 120 * np.cos(4 * y)
    azimuth = np.radians(60 + 50 * x)
    field = _synthesis.vector(transverse * np.cos(azimuth), transverse * np.sin(azimuth), b_los)
    atmosphere = xr.Dataset({name: (("y", "x"), values) for name, values in field.items()})
    medium = {"source_constant": 0.2, "source_gradient": 0.8, "velocity": 0.0, "usable": True}
    atmosphere = atmosphere.assign(_synthesis.MG_5173_MEDIUM | medium)
    return _synthesis.observed(atmosphere, "mg-i-5173", OFFSETS, noise=1e-3, seed=3)


class Stranger:
    """A cube on its way into a file: what a kind of file does to it, and what its owner writes in the configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cube = region()["stokes_profiles"].values.copy()
        self.type = "fits_cube"
        self.options: dict[str, Any] = {"axes": AXES, "wavelengths": OFFSETS.tolist(), "noise": 1e-3}

    def says(self, **options: Any) -> None:
        self.options |= options

    def fits(self, *images: np.ndarray | fits.hdu.base.ExtensionHDU, **header: Any) -> None:
        first = fits.PrimaryHDU(self.cube)
        first.header.update(header)
        others = [fits.ImageHDU(image) if isinstance(image, np.ndarray) else image for image in images]
        fits.HDUList([first, *others]).writeto(self.folder / "cube.fits")

    def netcdf(
        self, values: np.ndarray, dims: list[str] = AXES, name: str = "stokes", **attributes: Any
    ) -> None:
        self.type, group = "netcdf_cube", name.rpartition("/")[0]
        self.options = {
            "path": str(self.folder / "cube.nc"),
            "noise": 1e-3,
            "variable": name,
            "wavelengths": OFFSETS.tolist(),
        }
        content = xr.Dataset({name.rpartition("/")[2]: (dims, values, attributes)})
        content.to_netcdf(self.options["path"], group=group or None, engine="netcdf4")

    def load(self) -> xr.Dataset:
        if "path" not in self.options:
            self.says(path=str(self.folder / "cube.fits"))
            if not (self.folder / "cube.fits").exists():
                self.fits()
        where = {"line": "mg-i-5173", "data_root": str(self.folder), "download": False}
        return registry.build("datasets", self.type, **where | self.options)


def assert_right(data: xr.Dataset, parts: tuple[str, ...] = ("b_los", "b_transverse", "azimuth")) -> None:
    """Compare the closed-form field with the truth, at usable pixels, within noise and the derivative's bias of 3 %."""
    problem = weak_field_problem(data, SCHEME, HELD_OUT, LARGEST_SPLITTING)
    found, truth, usable = propagate(problem["optimum"], problem["sigma"]), region(), data["usable"].values
    values = {name: (found[name].values[usable], truth[f"{name}_true"].values[: usable.shape[0], : usable.shape[1]][usable])
              for name in ("b_los", "b_transverse", "azimuth")}  # fmt: skip
    assert rms(np.subtract(*values["b_los"])) < 25
    if "b_transverse" in parts:
        assert rms(np.subtract(*values["b_transverse"])) < 90
        assert np.median(np.abs((np.subtract(*values["azimuth"]) + 90) % 180 - 90)) < 8
    else:
        assert np.isnan(values["b_transverse"][0]).all() and np.isnan(values["azimuth"][0]).all()


def rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))
