"""What make hands to Snakemake, whatever the folders are called."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SPEAKS = "#!/bin/sh\nprintf '<%s>\\n' \"$@\"\n"


@pytest.fixture
def checkout(tmp_path):
    """A folder with a space in its name, whose Snakemake says what it is given."""
    folder = tmp_path / "a checkout"
    (folder / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    program = folder / ".venv/bin/snakemake"
    program.write_text(SPEAKS)
    program.chmod(0o755)
    return folder


def given(checkout, *arguments):
    command = ["make", "--silent", "--old-file=install", *arguments]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_run_takes_the_quick_study(checkout):
    assert given(checkout, "run") == ["<--cores>", "<all>", "<--configfile>", "<config/quick.yaml>"]


@pytest.mark.parametrize("folder", ["/my data", '/it\'s; (here) & "there"', "/d"])
@pytest.mark.parametrize("target", ["observed", "full"])
def test_the_folder_of_data_is_one_word(checkout, target, folder):
    assert f"<data_root={folder}>" in given(checkout, target, f"DATA={folder}")


def test_without_a_folder_of_data_none_is_given(checkout):
    assert not any("data_root" in word for word in given(checkout, "observed"))


def test_evidence_runs_and_publishes_part_after_part(checkout):
    python = checkout / ".venv/bin/python"
    python.write_text(SPEAKS)
    python.chmod(0o755)
    said = given(checkout, "evidence", "PARTS=fixes bar")
    assert [word for word in said if word.startswith("<config/")] == [
        "<config/fixes.yaml>",
        "<config/bar.yaml>",
    ]
    assert said[-2:] == ["<--publish>", "<bar>"] and "<fieldbench.findings>" in said


def test_every_published_study_has_a_configuration_of_its_name_that_says_what_it_is_for(checkout):
    named = subprocess.run(
        ["make", "--no-print-directory", "--eval", "names: ; @echo $(EVIDENCE)", "names"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for name in named:
        study = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())
        assert study["about"] and study["pathvars"] == {"results": f"results/{name}"}
