"""Every profile takes every study of the project, of all areas together and of each alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from fieldbench import registry

pytestmark = [pytest.mark.pipeline, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ROOT / "workflow" / "profiles"
QUICK = "config/quick.yaml"
STUDIES = sorted(
    str(file.relative_to(ROOT))
    for file in [*(ROOT / "config").glob("*.yaml"), *(ROOT / "config/own-data").glob("*.yaml")]
    if file.name != "config.yaml"
)
# One process plans all, as to load Snakemake takes longer than most plans.
PROGRAM = """\
import json, sys
from snakemake.cli import main

for arguments in json.loads(sys.argv[1]):
    try:
        main(["--dry-run", "--quiet", "all", *arguments])
    except SystemExit as end:
        print("ended", end.code, *arguments, flush=True)
"""


def planned(*runs):
    """What Snakemake says to dry runs, and how many of them it ended well."""
    command = [sys.executable, "-c", PROGRAM, json.dumps(runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout + done.stderr, done.stdout.count("ended 0 ")


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """The profile for Slurm without its executor, which is an extra: partitions, groups and resources."""
    content = yaml.safe_load((PROFILES / "slurm/config.yaml").read_text())
    folder = tmp_path_factory.mktemp("slurm")
    own = {key: value for key, value in content.items() if key != "executor" and "slurm" not in key}
    (folder / "config.yaml").write_text(yaml.safe_dump(own))
    return folder


def test_slurm_takes_every_area_alone_and_all_together(slurm):
    areas = registry.areas()
    alone = [
        ["--profile", str(slurm), "--configfile", QUICK, "--config", f"run=[{area}/*]"] for area in areas
    ]
    said, well = planned(["--profile", str(slurm), "--configfile", QUICK], *alone)
    assert well == 1 + len(areas), said


def test_slurm_takes_every_study(slurm):
    others = [study for study in STUDIES if study != QUICK]
    said, well = planned(*(["--profile", str(slurm), "--configfile", study] for study in others))
    assert well == len(others) >= 8, said


def test_profiles_hold_no_key_that_snakemake_does_not_know():
    from snakemake.cli import get_argument_parser

    known = {word.lstrip("-") for action in get_argument_parser()._actions for word in action.option_strings}
    named = set(yaml.safe_load((PROFILES / "default/config.yaml").read_text()))
    assert named <= known
