"""Waiting for other processes."""

import time

PATIENCE = 300.0  # seconds; only there so that a test that fails does not hang


def until(condition):
    """Wait until `condition()` is true, and return what it returned."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found
