"""A copy of the workflow on which tests run Snakemake."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "tests" / "pipeline" / "tiny.yaml"


def snakemake(*arguments, cwd, python=sys.executable, umask=-1, **environment):
    """Run Snakemake to its end; variables of the environment that are None are unset."""
    own = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    command = [python, "-m", "snakemake", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=own, umask=umask, capture_output=True, text=True)


class Project:
    """A checkout on which tests call Snakemake."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("workflow", "config", "envs"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(TINY, folder / "config" / "tiny.yaml")

    def start(self, *arguments, config="config/tiny.yaml", settings=(), environment=None):
        """Start Snakemake; `settings` are those of --config, such as "download=false"."""
        command = [sys.executable, "-m", "snakemake", *arguments]
        if config:
            command += ["--configfile", config]
        if settings:
            command += ["--config", *settings]
        own = {**os.environ, "PYTHONPATH": str(self.folder / "workflow"), **(environment or {})}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=self.folder, env=own, text=True, **pipes)

    def snakemake(self, *arguments, timeout=None, **options):
        """Run Snakemake to its end, see `start`; the result holds returncode, stdout and stderr."""
        with self.start(*arguments, **options) as process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def planned(self, *arguments, **options):
        """Rule name -> number of jobs that a dry run would run."""
        result = self.snakemake("--dry-run", "--cores", "2", *arguments, **options)
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
