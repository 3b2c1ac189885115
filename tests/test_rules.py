"""What rules, profiles and documents say of one another."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]


def rules():
    """Rule -> its text, of all rules files."""
    texts = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "workflow" / "rules").glob("*.smk"))]
    parts = re.split(r"^(?:use )?rule (\w+)", "\n".join(texts), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def slurm():
    return yaml.safe_load(
        (ROOT / "workflow" / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8")
    )


def test_every_rule_that_asks_for_a_gpu_goes_to_the_gpu_partition():
    asking = {name for name, text in rules().items() if re.search(r"\bgpu=", text)}
    placed = {name for name, own in slurm()["set-resources"].items() if own["slurm_partition"] == "gpu"}
    assert asking == placed and len(asking) >= 7


def test_tiles_of_a_map_are_slurm_jobs_of_their_own_on_the_cpu_partition():
    profile = slurm()
    assert profile["set-resources"]["invert_tile"]["slurm_partition"] == "cpu"
    assert "invert_tile" not in profile["groups"]


@pytest.mark.parametrize("key", ["groups", "set-resources", "set-threads"])
def test_the_slurm_profile_names_rules_that_exist(key):
    assert set(slurm()[key]) <= set(rules())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_documents_name_rules_that_exist(document):
    named = re.findall(r"\brules? `(\w+)`", document.read_text(encoding="utf-8"))
    assert set(named) <= set(rules())
