"""Training on batches: a learning rate that rises and then falls like a cosine, and gradients of limited length."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn


@dataclass(frozen=True)
class CosineOptions:
    """A recipe for `loop.fit`.

    Attributes:
        epochs: number of steps.
        learning_rate: the largest.
        warm_up_fraction: share of the steps in which it rises from 0.
        longest_gradient: Euclidean length that the gradient of all parameters together is cut to; None for any.
    """

    epochs: int
    learning_rate: float
    warm_up_fraction: float = 0.0
    longest_gradient: float | None = None
    graphed = False

    def scheduler(self, optimizer: torch.optim.Optimizer) -> "WarmUpCosine":
        return WarmUpCosine(optimizer, self)

    def adjust(self, parameters: list[nn.Parameter]) -> None:
        """Change the gradients before the update."""
        if self.longest_gradient is not None:
            nn.utils.clip_grad_norm_(parameters, self.longest_gradient)

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        warm_up = round(self.warm_up_fraction * self.epochs)
        if step < warm_up:
            return self.learning_rate * (step + 1) / warm_up
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / (self.epochs - warm_up)))


class WarmUpCosine:
    """Sets the learning rate of each step."""

    def __init__(self, optimizer: torch.optim.Optimizer, options: CosineOptions) -> None:
        self.optimizer, self.options = optimizer, options
        self.done = 0
        self._set()

    def step(self, _loss: float) -> None:
        """Note that a step was made."""
        self.done += 1
        self._set()

    def _set(self) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate(min(self.done, self.options.epochs - 1))

    def state_dict(self) -> dict[str, Any]:
        return {"done": self.done}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.done = state["done"]
        self._set()
