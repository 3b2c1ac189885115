"""Whole files only."""

import errno
import os
import sys

import numpy as np
import pytest
import xarray as xr
from fieldbench import files, io
from fieldbench.errors import Unsuitable, UserError


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


def test_a_temporary_file_lies_in_the_same_folder_and_keeps_the_suffix(tmp_path):
    with files.replacing(tmp_path / "figure.one.svg") as temporary:
        assert temporary.suffix == ".svg" and temporary.parent == tmp_path


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_called_so(tmp_path, number):
    sentence = r"page\.md: the disk is full\. Free some space and run again"
    with pytest.raises(UserError, match=sentence), files.replacing(tmp_path / "page.md"):
        raise OSError(number, "whatever the library says")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_seen_behind_an_error_that_does_not_say_so(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LITTLE_SPACE", 2**70)
    with pytest.raises(UserError, match="the disk is full"), files.replacing(tmp_path / "field.nc"):
        raise RuntimeError("NetCDF: HDF error")


def test_an_interruption_at_any_line_leaves_nothing(tmp_path):
    """As a signal's handler does, which may raise between any two instructions."""

    class Interruption(BaseException):
        pass

    def interrupted(after):
        lines, before = 0, sys.gettrace()

        def trace(frame, event, _argument):
            nonlocal lines
            if frame.f_code.co_filename == files.__file__ and frame.f_code.co_name in ("replacing", "_make"):
                lines += event == "line"
                if lines == after:
                    raise Interruption
            return trace

        sys.settrace(trace)
        try:
            files.save_text("text", tmp_path / "page.md")
        except Interruption:
            return True
        finally:
            sys.settrace(before)
        return False

    moments = 0
    while interrupted(moments + 1):
        moments += 1
        left = {file.name for file in tmp_path.iterdir()}
        assert left <= {"page.md"}, moments
    assert moments > 8
    assert (tmp_path / "page.md").read_text() == "text"


def test_what_a_killed_writer_left_is_removed_once_it_is_old(tmp_path):
    (tmp_path / "data").mkdir()
    with files.replacing(tmp_path / "data" / "field.nc") as temporary:
        files.remove_partial(tmp_path, seconds=60)
        assert temporary.exists()
        temporary.rename(tmp_path / "data" / f"{files.PARTIAL}of-another.nc")
        temporary.touch()
    os.utime(tmp_path / "data" / f"{files.PARTIAL}of-another.nc", (0, 0))
    files.remove_partial(tmp_path, seconds=60)
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["field.nc"]


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


def test_a_file_may_stand_for_data_that_cannot_be_had(tmp_path):
    io.save_unusable("sst.nc has no variable 'sst'.", tmp_path / "data.nc")
    with pytest.raises(Unsuitable, match=r"sst\.nc has no variable 'sst'\."):
        io.open_dataset(tmp_path / "data.nc")
