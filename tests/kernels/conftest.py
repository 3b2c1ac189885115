"""Triton's kernels run on the device where there is one, else in Triton's interpreter."""

import os

import pytest
import torch

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"  # read when the kernels' modules are imported


@pytest.fixture
def device():
    """Where Triton's kernels run."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
