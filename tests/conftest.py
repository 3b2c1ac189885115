"""Fixtures that every test may use."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def full_config():
    """The full benchmark's configuration, fresh for each test."""
    return yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
