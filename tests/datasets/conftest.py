"""A small Stokes cube, and files that hold it."""

import hashlib
import os
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from astropy.io import fits
from fieldbench.datasets import netcdf_series
from fieldbench.datasets._files import PinnedFile

OFFSETS = np.array([-0.24, -0.12, -0.04, 0.0, 0.04, 0.12, 0.24])


@pytest.fixture
def cube():
    """Profiles (6, 5, 4, 7) of an absorption line, continuum 2000 counts, with a little noise."""
    generator = np.random.default_rng(1)
    profiles = generator.normal(0.0, 2.0, (6, 5, 4, OFFSETS.size))
    profiles[:, :, 0] += 2000.0 * (1 - 0.6 * np.exp(-((OFFSETS / 0.08) ** 2)))
    return SimpleNamespace(profiles=profiles.astype(np.float32), offsets=OFFSETS)


@pytest.fixture
def write_fits(tmp_path):
    """A function that writes arrays as the HDUs of one FITS file, and gives its path."""

    def write(name, *images):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        hdus = [fits.PrimaryHDU(images[0]), *(fits.ImageHDU(image) for image in images[1:])]
        fits.HDUList(hdus).writeto(path)
        return str(path)

    return write


@pytest.fixture
def write_netcdf(tmp_path):
    """A function that writes variables, name -> (dims, values, attributes), and gives the file's path."""

    def write(name, **variables):
        path = tmp_path / name
        xr.Dataset(variables).to_netcdf(path, engine="netcdf4")
        return str(path)

    return write


@pytest.fixture
def pinned(tmp_path):
    """A function that writes bytes as a file of the data folder `tmp_path`, and pins it by its SHA-256."""

    def pin(path, content, url="https://example.invalid/file"):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return PinnedFile(path, url, "sha256:" + hashlib.sha256(content).hexdigest(), "CC0", "a test")

    return pin


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """The cache of downloads is an empty folder; gives its path."""
    folder = tmp_path / "cache"
    monkeypatch.setattr("fieldbench.datasets._files.cache_folder", lambda: folder)
    return folder


@pytest.fixture
def real_data():
    """The folder with the real files, or a skip."""
    folder = os.environ.get("FIELDBENCH_DATA_ROOT")
    if not folder:
        pytest.skip("set FIELDBENCH_DATA_ROOT to the folder that holds the real files")
    return folder


@pytest.fixture
def load_sea(tmp_path):
    """A function that writes what a case makes and reads it as asked for."""

    def load(make, ask):
        ask = dict(ask)
        made, group = make(), ask.pop("group", None)
        for name, data in (made if isinstance(made, dict) else {"sea.nc": made}).items():
            encoding = {
                entry: {"_FillValue": None}
                for entry in data.variables
                if "_FillValue" not in data[entry].attrs
            }
            data.to_netcdf(tmp_path / name, group=group, encoding=encoding)
        where = {"path": "sea.nc", "variable": "sst", "data_root": str(tmp_path)}
        return netcdf_series.load(**where | ask)

    return load
