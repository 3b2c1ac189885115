"""What becomes of a training that cannot go on."""

import logging

import pytest
import torch
from fieldbench.errors import OutOfTime, UserError
from fieldbench.training.loop import Diverged
from fieldbench.training.outcome import outcome, with_less_memory

NO_MEMORY_ON_CPU = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")


def failing(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize("last_attempt", [True, False])
def test_a_result_has_no_reason(last_attempt):
    assert outcome(lambda: "field", last_attempt=last_attempt) == ("field", "")


@pytest.mark.parametrize("last_attempt", [True, False])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Diverged("the loss became nan\nat once"), "Diverged: the loss became nan"),
        (torch.OutOfMemoryError("CUDA out of memory."), "OutOfMemoryError: CUDA out of memory."),
    ],
)
def test_what_would_fail_again_is_a_row_at_once(error, reason, last_attempt):
    assert outcome(failing(error), last_attempt=last_attempt) == (None, reason)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OutOfTime("the time limit was reached"), "OutOfTime: the time limit was reached"),
        (MemoryError("Unable to allocate 9 GiB"), "MemoryError: Unable to allocate 9 GiB"),
        (MemoryError(), "MemoryError: "),
        (NO_MEMORY_ON_CPU, "MemoryError: DefaultCPUAllocator"),
    ],
)
def test_what_another_attempt_may_mend_is_a_row_only_after_the_last(error, reason):
    with pytest.raises(UserError, match="the next attempt goes on from the last checkpoint"):
        outcome(failing(error), last_attempt=False)
    result, found = outcome(failing(error), last_attempt=True)
    assert result is None and found.startswith(reason)


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), ValueError("wrong"), UserError("no file")])
def test_a_fault_of_the_code_or_the_user_is_no_row(error):
    with pytest.raises(type(error), match=str(error)):
        outcome(failing(error), last_attempt=True)


class Device:
    """A GPU whose memory holds the points only in `chunks` parts."""

    def __init__(self, chunks):
        self.chunks, self.tried = chunks, []

    def train(self, chunks):
        self.tried.append(chunks)
        if chunks < self.chunks:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return "field"


def test_a_training_that_fits_runs_once():
    device = Device(chunks=1)
    assert with_less_memory(device.train) == "field" and device.tried == [1]


def test_a_training_that_does_not_fit_runs_again_in_two_chunks(caplog):
    device = Device(chunks=2)
    with caplog.at_level(logging.WARNING):
        assert with_less_memory(device.train) == "field"
    assert device.tried == [1, 2] and "CUDA out of memory" in caplog.text


def test_a_training_that_fits_in_no_way_is_a_row():
    device = Device(chunks=4)
    result, reason = outcome(lambda: with_less_memory(device.train), last_attempt=False)
    assert result is None and reason.startswith("OutOfMemoryError: CUDA out of memory")
    assert device.tried == [1, 2]
