"""Made-up studies of magnetic fields."""

import pytest

from tests.inversion.report.study import InversionStudy, benchmark


@pytest.fixture
def study():
    """An empty study of plage-synthetic."""
    return InversionStudy()


@pytest.fixture
def benchmark_study(study):
    """A small benchmark: see `benchmark`."""
    return benchmark(study)
