"""Whole files only."""

import numpy as np
import pytest
import xarray as xr
from fieldbench import files, io
from fieldbench.errors import UserError


@pytest.fixture
def dataset():
    values = np.arange(6.0).reshape(2, 3)
    return xr.Dataset({"field": (("y", "x"), values, {"units": "G"})}, attrs={"title": "A field"})


def test_a_dataset_comes_back_with_values_units_and_attributes(tmp_path, dataset):
    path = tmp_path / "deep" / "field.nc"
    io.save_dataset(dataset, path)
    xr.testing.assert_identical(io.open_dataset(path), dataset)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "page.md"
    files.save_text("old", path)
    with pytest.raises(RuntimeError), files.replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["page.md"]


def test_a_truncated_file_is_named_with_a_remedy(tmp_path, dataset):
    path = tmp_path / "field.nc"
    io.save_dataset(dataset, path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match=r"field\.nc is damaged.*delete it"):
        io.open_dataset(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"gone\.nc does not exist"):
        io.open_dataset(tmp_path / "gone.nc")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"Cannot write .*page\.md"):
        files.save_text("text", tmp_path / "file" / "page.md")
