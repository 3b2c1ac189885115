"""Memory that a job takes."""

import numpy as np
import pytest
import torch
from fieldbench import devices

CPU = torch.device("cpu")
SIZE = 64 * 2**20


@pytest.mark.skipif(
    not devices.FORGET.exists(), reason="this system keeps one peak for a process's whole life"
)
def test_a_peak_counts_from_the_last_look_and_not_from_an_earlier_one():
    earlier = np.ones(4 * SIZE, np.uint8)
    del earlier
    before = devices.memory_in_use(CPU)
    held = np.ones(SIZE, np.uint8)
    del held
    taken = devices.peak_memory(CPU) - before
    assert 0.9 * SIZE < taken < 2 * SIZE
