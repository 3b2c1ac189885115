"""The original's plage cube, from a file of the same layout."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fieldbench.datasets import _files, plage_crisp
from fieldbench.errors import UserError

OFFSETS = np.linspace(-0.24, 0.24, 13)


@pytest.fixture
def distribution(monkeypatch, write_fits, tmp_path, empty_cache):
    """Cube and wavelengths of the original's layout (ny, nx, 4, 13), pinned as git blob and SHA-256."""
    profiles = np.random.default_rng(2).normal(0, 3.0, (20, 18, 4, 13)).astype(np.float32)
    profiles[:, :, 0] += 1500 * (1 - 0.6 * np.exp(-((OFFSETS / 0.1) ** 2)))
    write_fits(plage_crisp.FILES[0].path, profiles)
    write_fits(plage_crisp.FILES[1].path, OFFSETS)
    algorithms = ("git-blob", "sha256")
    files = tuple(
        replace(file, checksum=_files.checksum(Path(tmp_path) / file.path, algorithm))
        for file, algorithm in zip(plage_crisp.FILES, algorithms, strict=True)
    )
    monkeypatch.setattr(plage_crisp, "FILES", files)
    return profiles


def load(folder, **params):
    return plage_crisp.load(**{"line": "mg-i-5173", "data_root": str(folder), "download": False} | params)


def test_the_cube_is_relative_to_its_far_wing(distribution, tmp_path):
    data = load(tmp_path)
    level = np.median(distribution[:, :, 0, 0])
    np.testing.assert_allclose(data.stokes_profiles, distribution / level, rtol=1e-6)
    np.testing.assert_allclose(data.noise[1:], 3.0 / level, rtol=0.15)
    np.testing.assert_allclose(data.wavelength, OFFSETS)
    assert data.y[1] == 0.118 and "git-blob:" in data.attrs["file_checksums"]


def test_the_cube_may_be_kept_in_its_own_unit(distribution, tmp_path):
    np.testing.assert_array_equal(load(tmp_path, continuum="none", noise=3.0).stokes_profiles, distribution)


def test_another_file_of_that_name_is_refused_by_its_git_blob(distribution, tmp_path):
    path = tmp_path / plage_crisp.FILES[0].path
    path.write_bytes(path.read_bytes() + bytes(2880))
    with pytest.raises(
        UserError, match=r"CRISP_5173_plage_dat\.fits is not the pinned file: expected git-blob:"
    ):
        load(tmp_path)


def test_the_pinned_blob_is_the_documents_cube():
    assert plage_crisp.FILES[0].checksum == "git-blob:87ab59de13bd77be7286ccad142c91203d0bed69"


def test_other_lines_are_refused(tmp_path):
    with pytest.raises(UserError, match="Line 'ca-ii-8542' is not in this data set"):
        load(tmp_path, line="ca-ii-8542")


def test_the_real_wavelengths(real_data):
    path = _files.locate(plage_crisp.FILES[1], data_root=real_data, download=False)
    wavelengths = plage_crisp._fits.read(path)[0]
    np.testing.assert_allclose(wavelengths, OFFSETS, atol=1e-6)
