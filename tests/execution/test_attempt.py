"""Work that fails gives a reason, whatever went wrong, and nothing else is lost."""

import numpy as np
import pytest
from fieldbench.errors import Unsuitable
from fieldbench.execution.attempt import attempt


class Job:
    """Notes what it is told."""

    def __init__(self):
        self.said, self.failed = [], []

    def say(self, line):
        self.said.append(line)

    def fail(self, reason):
        self.failed.append(reason)


def test_work_that_succeeds_gives_its_result():
    job = Job()
    assert attempt(job, lambda: 7) == (7, "") and not job.failed


def singular():
    return np.linalg.inv(np.zeros((2, 2)))


def unsuitable():
    raise Unsuitable("'dineof' learns from training fields; use nearest.")


def silent():
    raise MemoryError


@pytest.mark.parametrize(("work", "reason"), [
    (singular, "LinAlgError: Singular matrix"),
    (unsuitable, "'dineof' learns from training fields; use nearest."),
    (silent, "MemoryError: MemoryError"),
])  # fmt: skip
def test_work_that_fails_gives_one_line_and_the_log_the_rest(work, reason):
    job = Job()
    assert attempt(job, work) == (None, reason)
    assert job.failed == [reason] and "Traceback" in job.said[0]


def test_an_interrupt_is_no_failure_of_the_work():
    def stopped():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(Job(), stopped)
