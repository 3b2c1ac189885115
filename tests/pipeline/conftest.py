"""A copy of the workflow in a temporary folder, run once at toy size."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TINY = Path(__file__).with_name("tiny.yaml")


class Project:
    """A checkout on which tests call Snakemake."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("workflow", "config", "profiles", "envs"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "Snakefile", folder)
        shutil.copy(TINY, folder / "config" / "tiny.yaml")

    def snakemake(self, *arguments, config="config/tiny.yaml", environment=None):
        """Run Snakemake; the result holds returncode, stdout and stderr."""
        command = [sys.executable, "-m", "snakemake", *arguments]
        if config:
            command += ["--configfile", config]
        own = {**os.environ, "PYTHONPATH": str(self.folder / "workflow"), **(environment or {})}
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, env=own, check=False)

    def planned(self, *arguments):
        """Rule name -> number of jobs that a dry run would run."""
        result = self.snakemake("--dry-run", "--cores", "2", *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return _job_counts(result.stdout)

    def edit(self, file, old, new):
        """Replace text in a file of the copy; returns a function that undoes it."""
        path = self.folder / file
        before = path.read_text()
        assert old in before, f"{old!r} is not in {file}"
        path.write_text(before.replace(old, new, 1))
        return lambda: path.write_text(before)


def _job_counts(listing):
    lines = listing.split("Job stats:")[-1].splitlines() if "Job stats:" in listing else []
    pairs = [line.split() for line in lines if len(line.split()) == 2 and line.split()[1].isdigit()]
    return {rule: int(count) for rule, count in pairs if rule not in ("total", "all")}


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A project whose toy benchmark has been run."""
    project = Project(tmp_path_factory.mktemp("project"))
    result = project.snakemake("--cores", "2")
    assert result.returncode == 0, result.stdout + result.stderr
    return project
