"""Made-up studies of codecs."""

import pytest

from tests.compression.report.study import MadeUp, everything


@pytest.fixture
def made():
    """Nothing yet."""
    return MadeUp()


@pytest.fixture
def full(made):
    """Everything there is."""
    return everything(made)
