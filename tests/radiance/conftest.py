"""Settings of the tests of this area."""

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """One thread: networks are tiny here, and several threads would wait for one another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
