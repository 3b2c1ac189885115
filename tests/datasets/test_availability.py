"""What a dry run is told about data sets that cannot be had."""

import subprocess
import sys

import pytest
from fieldbench.datasets.availability import failed_download, note_of_failed_download, unavailable
from fieldbench.errors import UserError


def test_generated_data_are_always_available(empty_cache):
    assert unavailable("plage_synthetic", data_root=None, download=False, line="mg-i-5173") is None


def test_pinned_data_without_files_and_downloads_are_not(empty_cache):
    reason = unavailable("hinode_slit", data_root=None, download=False, line="fe-i-6302")
    assert "SP4D20070227_002010.0C.fits is missing" in reason and "`download: true`" in reason


def test_pinned_data_are_available_by_download(empty_cache):
    assert unavailable("hinode_slit", data_root=None, download=True, line="fe-i-6302") is None


def test_pinned_data_need_every_one_of_their_files(tmp_path, empty_cache):
    (tmp_path / "solar/hinode_sp").mkdir(parents=True)
    (tmp_path / "solar/hinode_sp/SP4D20070227_002010.0C.fits").touch()
    assert "wavelength_axis.sav" in unavailable("hinode_slit", data_root=str(tmp_path), download=False)
    (tmp_path / "solar/hinode_sp/wavelength_axis.sav").touch()
    assert unavailable("hinode_slit", data_root=str(tmp_path), download=False) is None


@pytest.mark.parametrize("type_name", ["fits_cube", "netcdf_cube"])
def test_own_cubes_must_exist(type_name, tmp_path):
    (tmp_path / "mine.fits").touch()
    where = {"data_root": str(tmp_path), "download": False}
    assert unavailable(type_name, **where, path=str(tmp_path / "mine.fits")) is None
    assert unavailable(type_name, **where, path="mine.fits") is None
    assert "no file other.fits" in unavailable(type_name, **where, path="other.fits")
    assert unavailable(type_name, **where, path=["mine.fits", "mine.fits"]) is None
    assert "no file other.fits" in unavailable(type_name, **where, path=["mine.fits", "other.fits"])


def test_an_unknown_type_is_named():
    with pytest.raises(UserError, match="Unknown type 'plage_sythetic' in datasets"):
        unavailable("plage_sythetic", data_root=None, download=True)


def test_asking_loads_no_numerical_library():
    code = (
        "import sys; from fieldbench.datasets.availability import unavailable; "
        "unavailable('sharp', data_root=None, download=True); "
        "print([name for name in ('numpy', 'xarray', 'astropy', 'scipy', 'pooch') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_download_that_failed_is_the_reason_until_its_note_is_deleted(tmp_path):
    data_file = tmp_path / "data" / "sharp.nc"
    assert failed_download(data_file) is None
    note_of_failed_download(data_file).parent.mkdir()
    note_of_failed_download(data_file).write_text("Cannot download it.")
    assert (
        failed_download(data_file)
        == f"Cannot download it. (Delete {tmp_path}/data/sharp.unavailable to try again.)"
    )
