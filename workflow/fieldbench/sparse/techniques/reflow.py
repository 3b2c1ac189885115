"""Rectified flow: a second training on the pairs of noise and sample that the first flow itself makes.

The paths between such pairs hardly cross, so the velocity is nearly constant along them and few steps suffice.

Source: Liu et al. 2023, "Flow Straight and Fast", section 2.2.
"""

from collections.abc import Callable

import torch
from torch import Tensor

TEACHER_STEPS = 8  # of Heun's rule: pairs are made anew in every batch


@torch.no_grad()
def couple(sample: Callable[[Tensor, int], Tensor], start: Tensor) -> tuple[Tensor, Tensor]:
    """Starts and where the first flow takes them: `sample(start, steps)` integrates it."""
    return start, sample(start, TEACHER_STEPS)
