"""Stands in for `conda` where Snakemake calls it: environments are virtual ones, their packages come by pip.

Only what a list names, with what that needs, is in such an environment, as in one of conda's.
"""

import json
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PIP_NAMES = {"pytorch": "torch"}
PYTHONS = ("3.12", "3.13", "3.11")
ACTIVATE = 'export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n'


def requirements(file):
    """The packages of an environment's file in pip's form, and its version of Python."""
    entries = yaml.safe_load(Path(file).read_text())["dependencies"]
    conda = dict(entry.split("=", 1) for entry in entries if isinstance(entry, str) and entry != "pip")
    by_pip = [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]
    python = conda.pop("python")
    return [f"{PIP_NAMES.get(name, name)}=={pin}" for name, pin in conda.items()] + by_pip, python


def create(file, prefix):
    """Make an environment in the folder `prefix`, of the listed Python or, where a wheel is not at hand for it, another.

    Raises:
        SystemExit: no interpreter is there for which the packages can be had; pip has said why.
    """
    packages, python = requirements(file)
    for version in sorted(PYTHONS, key=lambda one: one != python):
        interpreter = _interpreter(version)
        if interpreter and _installed(interpreter, packages, prefix):
            return
    raise SystemExit(1)


def _interpreter(version):
    """A Python of a version like "3.12", pyenv's first, whose names on PATH may lead nowhere; None without any."""
    own = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    return str(own[-1]) if own else shutil.which(f"python{version}")


def _installed(interpreter, packages, prefix):
    if subprocess.run([interpreter, "-m", "venv", "--clear", prefix]).returncode:
        return False
    pip = [f"{prefix}/bin/python", "-m", "pip", "install", "--quiet"]
    if any(package.startswith("torch==") for package in packages):  # for CPUs, as `make install` takes it
        torch = [*pip, "--no-deps", "--require-hashes", "-r", str(ROOT / "requirements" / "cpu.txt")]
        if subprocess.run(torch).returncode:
            return False
    return subprocess.run([*pip, *packages]).returncode == 0


def install(folder):
    """Put `conda` and its `activate` into `folder`/bin; what to put first on PATH."""
    programs = Path(folder, "bin")
    programs.mkdir(parents=True)
    (programs / "activate").write_text(ACTIVATE)
    program = programs / "conda"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "{folder}" "$@"\n')
    program.chmod(0o755)
    return programs


def main(folder, *arguments):
    """Answer one call of `conda`."""
    options = dict(pairwise(arguments))
    if arguments[0] == "--version":
        print("conda 24.7.1")
    elif arguments[0] == "info":
        print(json.dumps({"conda_prefix": folder, "platform": "linux-64"}))
    elif arguments[0] == "config":
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif arguments[:2] == ("env", "create"):
        create(options["--file"], os.path.abspath(options["--prefix"]))
    elif arguments[0] != "clean":
        raise SystemExit(f"error: this stand-in knows no conda {' '.join(arguments)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
