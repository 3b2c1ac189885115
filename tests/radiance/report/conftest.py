"""Made-up studies of radiance fields."""

import pytest

from tests.radiance.report.study import MadeUp, everything


@pytest.fixture
def made():
    """Nothing yet."""
    return MadeUp()


@pytest.fixture
def full(made):
    """Everything there is."""
    return everything(made)
