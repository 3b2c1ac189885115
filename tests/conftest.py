"""Fixtures that every test may use."""

from pathlib import Path

import pytest
from fieldbench import config as configuration

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def full_config():
    """The full benchmark's configuration, as the Snakefile completes it, fresh for each test."""
    return configuration.completed({}, ROOT / "config")
