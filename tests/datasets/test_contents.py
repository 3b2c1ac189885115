"""What a data set was made from: edits are noticed by content, moves are none, and a deletion is remembered."""

import os

import pytest
from fieldbench.datasets import _files, contents

from tests.datasets.test_scenes import make

ENTRY = {
    "type": "fits_cube",
    "with": {"path": "a.fits", "wavelengths": "wave.sav#lambda", "axes": ["y", "x"]},
}


@pytest.fixture
def data(tmp_path):
    """A data file that was prepared from two files in the folder `raw`."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.fits").write_text("cube")
    (tmp_path / "raw/wave.sav").write_text("wavelengths")
    file = tmp_path / "data/mine.nc"
    contents.note(ENTRY, str(tmp_path / "raw"), file)
    file.touch()
    return file


def found(data, folder="raw", entry=ENTRY):
    return contents.checksums(entry, str(data.parents[1] / folder), data)


def test_every_file_that_an_option_names_counts(data):
    raw = data.parents[1] / "raw"
    assert found(data) == [_files.checksum(raw / name, "sha256") for name in ("a.fits", "wave.sav")]


def test_an_edit_is_noticed_even_where_size_and_time_are_as_before(data):
    before, file = found(data), data.parents[1] / "raw/a.fits"
    state = file.stat()
    file.write_text("CUBE")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert found(data) != before and found(data)[1] == before[1]


def test_what_was_not_touched_is_not_read_again(data, monkeypatch):
    before = found(data)
    monkeypatch.setattr(_files, "checksum", None)
    assert found(data) == before


@pytest.mark.parametrize("folder", ["moved", "raw/", "moved/../moved"])
def test_where_files_lie_does_not_matter(data, folder):
    before = found(data)
    if "moved" in folder:
        (data.parents[1] / "raw").rename(data.parents[1] / "moved")
    assert found(data, folder) == before


def test_what_was_prepared_is_remembered_without_its_files(data):
    (data.parents[1] / "raw/a.fits").unlink()
    assert contents.prepared(ENTRY, data)
    assert not contents.prepared({**ENTRY, "with": {"path": "b.fits"}}, data), "another data set"
    data.unlink()
    assert not contents.prepared(ENTRY, data)


def test_a_pattern_takes_in_every_file(data):
    entry = {"type": "netcdf_series", "with": {"path": "*.nc", "variable": "sst"}}
    for name in ("b.nc", "a.nc"):
        (data.parents[1] / "raw" / name).write_text(name)
    before = found(data, entry=entry)
    assert len(before) == 2
    (data.parents[1] / "raw/c.nc").write_text("c")
    assert found(data, entry=entry)[:2] == before and len(found(data, entry=entry)) == 3


def test_the_pictures_of_a_scene_count_and_damaged_lists_have_none(tmp_path):
    entry = {"type": "scene_transforms", "with": {"path": str(make(tmp_path / "scene"))}}
    assert len(contents.checksums(entry, None, tmp_path / "data.nc")) == 2 + 3
    (tmp_path / "scene/transforms_test.json").write_text("{")
    assert len(contents.checksums(entry, None, tmp_path / "data.nc")) == 2 + 2
