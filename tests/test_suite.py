"""The test runner keeps what the suite asks of it."""

import os

import pytest


@pytest.mark.xdist_group("suite")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one worker runs all tests")
def test_a_group_of_tests_stays_on_one_worker(request):
    """Groups share a finished run; pytest-xdist names them at the end of a test's identifier."""
    assert request.node.nodeid.endswith("@suite")
