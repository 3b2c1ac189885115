"""How a model is trained: Adam, the schedules of its learning rate, and limits to its gradients."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

# Added to a gradient's mean magnitude before dividing by it, as the documents' code does. With data in I_c, whose
# losses are 1e-6, it would rule the start of the training; with data of unit size it is idle.
SMALLEST_MEAN = 1e-9


class Scheduler(Protocol):
    """What changes the learning rate after each step, given its loss and the seconds of training before it."""

    def step(self, loss: float, spent: float) -> None: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Settings of `loop.fit`, all of them plain values.

    Attributes:
        steps: number of updates.
        learning_rate: Adam's, the largest, of all parameters that no part names.
        parts: (how a parameter's name begins, its learning rate), for parameters with a rate of their own.
        plateau_patience: steps without improvement after which the learning rate falls tenfold; None for a cosine.
        warm_up_fraction: share of the steps in which the learning rate rises from 0, and after which alone the steps of
            the cosine are counted; None for a cosine from the start, by steps or seconds.
        last_share: of each learning rate, which that cosine leads to; 1: constant.
        seconds: of training after which it ends where the steps take longer; None for any. The learning rate falls with
            whichever of the two is nearer to its end.
        normalize_gradients: divide the gradient of each tensor by its mean magnitude.
        longest_gradient: Euclidean length that the gradient of all parameters together is cut to; None for any.
        graphed: whether a step on CUDA can be captured: its work never changes and it never waits for the device.
        fingerprint: of the data and of all that the model's parameters do not show.
    """

    steps: int
    learning_rate: float
    parts: tuple[tuple[str, float], ...] = ()
    plateau_patience: int | None = None
    warm_up_fraction: float | None = None
    last_share: float = 0.0
    seconds: float | None = None
    normalize_gradients: bool = False
    longest_gradient: float | None = None
    graphed: bool = False
    fingerprint: str = ""

    def groups(self, model: nn.Module, rate: float | Tensor) -> list[dict[str, Any]]:
        """Parameter groups for Adam; `rate` is the learning rate of the parameters that no part names."""
        groups: dict[float | Tensor, list[nn.Parameter]] = {}
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                own = next((own for start, own in self.parts if name.startswith(start)), rate)
                groups.setdefault(own, []).append(parameter)
        return [{"params": parameters, "lr": own} for own, parameters in groups.items()]

    def scheduler(self, optimizer: torch.optim.Optimizer) -> Scheduler:
        if self.plateau_patience is None:
            return Cosine(optimizer, self)
        return Plateau(optimizer, patience=self.plateau_patience)

    def share(self, done: int, spent: float) -> float:
        """Of the training that is done after so many steps and seconds, up to 1."""
        timed = spent / self.seconds if self.seconds else 0.0
        return min(max(done / self.steps, timed), 1.0)

    def rate(self, largest: float, done: int, spent: float = 0.0) -> float:
        """The learning rate of the next step along the cosine, of parameters whose largest is given."""
        if self.warm_up_fraction is None:
            return largest * cosine(self.share(done, spent), 1.0, self.last_share)
        rising = round(self.warm_up_fraction * self.steps)
        if done < rising:
            return largest * (done + 1) / rising
        return largest * cosine(done - rising, 1.0, 0.0, max(self.steps - rising, 1))

    def adjust(self, parameters: list[nn.Parameter]) -> None:
        """Change the gradients before the update."""
        if self.normalize_gradients:
            normalize(parameters)
        if self.longest_gradient is not None:
            nn.utils.clip_grad_norm_(parameters, self.longest_gradient)


class Plateau(torch.optim.lr_scheduler.ReduceLROnPlateau):
    """Lowers the learning rate tenfold where the loss stays."""

    def step(self, loss: float, _spent: float) -> None:  # type: ignore[override] # a `Scheduler`, as its base is not
        super().step(loss)


class Cosine:
    """Sets the learning rate of each step by `Recipe.rate`."""

    def __init__(self, optimizer: torch.optim.Optimizer, recipe: Recipe) -> None:
        self.optimizer, self.recipe = optimizer, recipe
        self.largest = [group["lr"] for group in optimizer.param_groups]
        self.load_state_dict({"done": 0, "spent": 0.0})

    def step(self, _loss: float, spent: float) -> None:
        self.load_state_dict({"done": self.done + 1, "spent": spent})

    def state_dict(self) -> dict[str, Any]:
        return {"done": self.done, "spent": self.spent}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.done, self.spent = state["done"], state["spent"]
        for group, largest in zip(self.optimizer.param_groups, self.largest, strict=True):
            group["lr"] = self.recipe.rate(largest, self.done, self.spent)


def cosine(done: float, start: float, end: float, total: float = 1.0) -> float:
    """From `start` at 0 to `end` at `total` along half a cosine."""
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * min(done, total) / total))


def normalize(parameters: list[nn.Parameter]) -> None:
    """Divide the gradient of each parameter by its mean magnitude.

    A parameter that is a part of a larger tensor says so by `full_count`, the number of values of the whole, whose mean
    counts: the rest has gradient 0.
    """
    graded = [parameter for parameter in parameters if parameter.grad is not None]
    gradients = [parameter.grad for parameter in graded if parameter.grad is not None]
    means = torch._foreach_norm(gradients, 1)
    torch._foreach_div_(means, [getattr(parameter, "full_count", parameter.numel()) for parameter in graded])
    torch._foreach_add_(means, SMALLEST_MEAN)
    torch._foreach_div_(gradients, means)
