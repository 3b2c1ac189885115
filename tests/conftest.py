"""Fixtures that every test may use."""

from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def full_config():
    """The full benchmark's configuration, as the Snakefile merges it, fresh for each test."""
    config = {}
    for name in (
        "config",
        "catalogue/inversion",
        "catalogue/sparse",
        "catalogue/compression",
        "catalogue/radiance",
    ):
        update_config(config, yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text(encoding="utf-8")))
    return config
