"""Triton's kernels run on the device where there is one, else in Triton's interpreter."""

import pytest
import torch

from tests import interpreter  # noqa: F401 - switches it on


@pytest.fixture
def device():
    """Where Triton's kernels run."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
