"""The training loop: Adam by a recipe, resumable, on a CPU or in a CUDA graph."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from fieldbench.training.checkpoint import Checkpoint, identity
from fieldbench.training.cuda_graph import GraphedStep

logger = logging.getLogger(__name__)

# Added to a gradient's mean magnitude before dividing by it, as the documents' code does. With data in I_c, whose
# losses are 1e-6, it would rule the start of the training; with data of unit size it is idle.
SMALLEST_MEAN = 1e-9


class Diverged(Exception):
    """The loss is no longer a finite number."""


class Objective(Protocol):
    """What `fit` trains: a module that returns the loss.

    Attributes:
        active_levels: shapes may change only when this does.
        floor: what the loss leaves out; the learning rate's schedule judges improvements of the sum.
    """

    active_levels: int
    floor: float

    def __call__(self) -> Tensor: ...
    def set_progress(self, fraction: float) -> None: ...
    def parameters(self) -> Any: ...


class Scheduler(Protocol):
    """What changes the learning rate after each step, given the loss."""

    def step(self, loss: float) -> None: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class Recipe(Protocol):
    """How to train: a dataclass of plain values.

    One that also has a method `groups(model)` gives Adam parameter groups with learning rates of their own.

    Attributes:
        epochs: number of steps.
        learning_rate: Adam's, at the start.
        graphed: whether a step on CUDA can be captured: its work never changes and it never waits for the device.
    """

    epochs: int
    learning_rate: float
    graphed: bool

    def scheduler(self, optimizer: torch.optim.Optimizer) -> Scheduler: ...
    def adjust(self, parameters: list[nn.Parameter]) -> None: ...


@dataclass(frozen=True)
class Options:
    """The recipe of both documents: the learning rate falls on a plateau.

    Attributes:
        epochs: steps, each over all points.
        learning_rate: Adam's, at the start.
        plateau_patience: epochs without improvement after which the learning rate falls tenfold.
        normalize_gradients: divide the gradient of each tensor by its mean magnitude.
    """

    epochs: int
    learning_rate: float
    plateau_patience: int
    normalize_gradients: bool
    graphed = True

    def scheduler(self, optimizer: torch.optim.Optimizer) -> Scheduler:
        return torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=self.plateau_patience)

    def adjust(self, parameters: list[nn.Parameter]) -> None:
        """Change the gradients before the update."""
        if self.normalize_gradients:
            normalize(parameters)


@dataclass
class History:
    """One entry per epoch: loss before its step, seconds since the start, number of active levels."""

    loss: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    active_levels: list[int] = field(default_factory=list)


def fit(
    model: nn.Module,
    options: Recipe,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> History:
    """Train `model` in place.

    Args:
        model: an `Objective`.
        checkpoint: where the state is kept; a run that was interrupted goes on from there, on a CPU with
            the same bits.
        progress: called after every epoch with the number of epochs done, of all, and the loss. What it
            raises ends the training once the state is saved.

    Raises:
        Diverged: the loss is not finite.
    """
    run = Run(model, options, checkpoint)
    run.resume()
    for epoch in range(len(run.history.loss), options.epochs):
        run.advance(epoch)
        try:
            if progress:
                progress(epoch + 1, options.epochs, run.history.loss[-1])
        except BaseException:
            run.save()
            raise
    run.save()
    return run.history


class Run:
    """A training in progress: model, optimiser, schedule of the learning rate, and history."""

    def __init__(self, model: nn.Module, options: Recipe, checkpoint: Checkpoint | None = None) -> None:
        self.model, self.options = model, options
        self.checkpoint = checkpoint or Checkpoint(None, 0)
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.device = self.parameters[0].device
        graphed = self.device.type == "cuda" and options.graphed
        rate = torch.tensor(options.learning_rate, device=self.device) if graphed else options.learning_rate
        groups = options.groups(model) if hasattr(options, "groups") else self.parameters
        self.optimizer = torch.optim.Adam(groups, lr=rate, fused=True, capturable=graphed)
        self.scheduler = options.scheduler(self.optimizer)
        self.history = History()
        self.identity = identity(model, {**asdict(options), "floor": model.floor})
        self.step = GraphedStep(self._step) if graphed else lambda _: self._step()

    def _step(self) -> Tensor:
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.model()
        loss.backward()
        self.options.adjust(self.parameters)
        self.optimizer.step()
        return loss.detach()

    def advance(self, epoch: int) -> None:
        """Do the step of one epoch.

        Raises:
            Diverged: the loss is not finite.
        """
        began = time.perf_counter()
        self.model.set_progress(epoch / self.options.epochs)
        loss = float(self.step(self.model.active_levels))
        if not math.isfinite(loss):
            raise Diverged(f"the loss became {loss} at epoch {epoch + 1} of {self.options.epochs}")
        self.scheduler.step(loss + self.model.floor)
        history = self.history
        history.loss.append(loss)
        history.seconds.append(
            (history.seconds[-1] if history.seconds else 0.0) + time.perf_counter() - began
        )
        history.active_levels.append(self.model.active_levels)
        if self.checkpoint.due():
            self.save()

    def save(self) -> None:
        """Write the checkpoint."""
        parts = {name: getattr(self, name).state_dict() for name in ("model", "optimizer", "scheduler")}
        self.checkpoint.save(self.identity, {**parts, "history": asdict(self.history)})

    def resume(self) -> None:
        """Go on from the checkpoint if there is one of this run."""
        state = self.checkpoint.restore(self.identity, self.device)
        if state is not None:
            for name in ("model", "optimizer", "scheduler"):
                getattr(self, name).load_state_dict(state[name])
            self.history = History(**state["history"])
            logger.info("goes on after step %d of %d", len(self.history.loss), self.options.epochs)


def normalize(parameters: list[nn.Parameter]) -> None:
    """Divide the gradient of each parameter by its mean magnitude.

    A parameter that is a part of a larger tensor says so by `full_count`, the number of values of the
    whole, whose mean
    counts: the rest has gradient 0.
    """
    graded = [parameter for parameter in parameters if parameter.grad is not None]
    gradients = [parameter.grad for parameter in graded]
    means = torch._foreach_norm(gradients, 1)
    torch._foreach_div_(means, [getattr(parameter, "full_count", parameter.numel()) for parameter in graded])
    torch._foreach_add_(means, SMALLEST_MEAN)
    torch._foreach_div_(gradients, means)
