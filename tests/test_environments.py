"""The conda environments and the pip lock name the same versions."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
CONDA_NAMES = {"pytorch": "torch"}


def locked():
    lines = (ROOT / "requirements.lock").read_text().split()
    return {
        name.lower(): re.sub(r"\.post\d+$", "", version)
        for name, version in (line.split("==") for line in lines)
    }


def pins(file):
    entries = yaml.safe_load(file.read_text())["dependencies"]
    conda = [entry for entry in entries if isinstance(entry, str) and entry != "pip"]
    pip = [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]
    return dict([*(entry.split("=", 1) for entry in conda), *(line.split("==") for line in pip)])


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: file.stem)
def test_conda_pins_equal_the_pip_lock(file):
    lock = locked()
    for name, version in pins(file).items():
        if name != "python":
            assert lock[CONDA_NAMES.get(name, name)] == version, name


def test_only_the_training_environment_holds_torch():
    assert [file.stem for file in ENVIRONMENTS if "pytorch" in pins(file)] == ["train"]


def test_every_rule_names_an_environment_that_exists():
    for rules in (ROOT / "workflow" / "rules").glob("*.smk"):
        for name in re.findall(r'"(\.\./\.\./envs/[^"]+)"', rules.read_text()):
            assert (rules.parent / name).exists(), name
