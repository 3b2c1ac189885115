"""The start of a run: one at a time per results folder."""

import os
import subprocess
import sys

import pytest
from fieldbench.files import PARTIAL

PROGRAM = """\
import sys
from pathlib import Path
from fieldbench.errors import UserError
from fieldbench.execution import run
try:
    run.begin(Path(sys.argv[1]))
except UserError as error:
    sys.exit(str(error))
print("begun", flush=True)
input()
"""


@pytest.fixture
def begin():
    """Start a run in a process of its own, which goes on until it is told to end."""
    runs = []

    def start(results):
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        runs.append(subprocess.Popen([sys.executable, "-c", PROGRAM, results], text=True, **pipes))
        return runs[-1]

    yield start
    for run in runs:
        run.kill()
        run.communicate()


def test_a_run_leaves_its_lock_only(begin, tmp_path):
    run = begin(tmp_path / "results")
    assert run.stdout.readline() == "begun\n"
    assert sorted(file.name for file in (tmp_path / "results").iterdir()) == [".lock"]


def test_a_second_run_is_refused_and_told_who_is_first(begin, tmp_path):
    first = begin(tmp_path)
    first.stdout.readline()
    second = begin(tmp_path)
    _, errors = second.communicate(timeout=60)
    assert second.returncode != 0
    assert f"Another run (process {first.pid} on " in errors and str(tmp_path) in errors


def test_what_killed_jobs_left_half_written_is_removed_once_it_is_old(begin, tmp_path):
    (tmp_path / "data").mkdir()
    old, young = (tmp_path / "data" / f"{PARTIAL}{name}.nc" for name in ("old", "young"))
    for file in (old, young):
        file.touch()
    os.utime(old, (0, 0))
    begin(tmp_path).stdout.readline()
    assert young.exists() and not old.exists()


def test_two_folders_are_two_runs(begin, tmp_path):
    for name in ("a", "b"):
        assert begin(tmp_path / name).stdout.readline() == "begun\n"


def test_a_run_that_was_killed_does_not_keep_the_next_one_out(begin, tmp_path):
    first = begin(tmp_path)
    first.stdout.readline()
    first.kill()
    first.wait()
    assert begin(tmp_path).stdout.readline() == "begun\n"


def test_a_folder_that_cannot_be_written_is_named(begin, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    run = begin(tmp_path / "file" / "results")
    _, errors = run.communicate(timeout=60)
    assert run.returncode != 0 and f"Cannot write {tmp_path / 'file' / 'results'}" in errors
