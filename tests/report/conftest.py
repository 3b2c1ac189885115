"""Made-up studies, which the tests of what all areas share take from inversion."""

import pytest

from tests.inversion.report.conftest import benchmark_study, study
from tests.inversion.report.study import ABOUT

__all__ = ["benchmark_study", "report_config", "study"]


@pytest.fixture
def report_config():
    """What is said of the configuration."""
    return ABOUT
