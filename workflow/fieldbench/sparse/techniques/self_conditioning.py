"""The network is shown its own last estimate of the field.

In half of the fields of a batch the estimate is 0, in the others one made without gradient from the same state; the sampler
hands on the estimate of its previous evaluation.

Source: Chen, Zhang and Hinton 2023, "Analog Bits".
"""

from collections.abc import Callable

import torch
from torch import Tensor


@torch.no_grad()
def first_estimate(estimate: Callable[[Tensor], Tensor], like: Tensor, shown: Tensor) -> Tensor:
    """What the network is shown in training.

    Args:
        estimate: of the field (B, Q), given the estimate before.
        like: (B, Q).
        shown: (B,), whether a field's estimate is shown.
    """
    nothing = torch.zeros_like(like)
    return torch.where(shown[:, None], estimate(nothing), nothing)
