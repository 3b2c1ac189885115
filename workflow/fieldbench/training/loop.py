"""The training loop: Adam by a recipe, resumable, on a CPU or in a CUDA graph."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from fieldbench.training.checkpoint import Checkpoint, identity
from fieldbench.training.cuda_graph import GraphedStep
from fieldbench.training.recipe import Recipe

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int, float], None]  # phase, steps done, steps in all, loss


class Diverged(Exception):
    """The loss is no longer a finite number."""


class Objective(Protocol):
    """What `fit` trains: a module that returns the loss.

    One that also has a method `groups(rate)` gives Adam its parameter groups, with settings of their own.

    Attributes:
        active_levels: shapes may change only when this does.
        floor: what the loss leaves out; the learning rate's schedule judges improvements of the sum.
    """

    active_levels: int
    floor: float

    def __call__(self) -> Tensor: ...
    def set_progress(self, fraction: float) -> None: ...
    def parameters(self) -> Any: ...


@dataclass
class History:
    """One entry per step: loss before its update, seconds since the start, number of active levels."""

    loss: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    active_levels: list[int] = field(default_factory=list)


def fit(
    model: nn.Module,
    recipe: Recipe,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int, int, float], None] | None = None,
    stop: "Callable[[Run], bool]" = lambda _: False,
) -> History:
    """Train `model` in place.

    Args:
        model: an `Objective`.
        checkpoint: where the state is kept; a run that was interrupted goes on from there, on a CPU with
            the same bits.
        progress: called after every step with the number of steps done, of all as time allows, and the loss.
        stop: asked before the first step and after every one whether to end; its time does not count. What it or
            `progress` raises ends the training once the state is saved.

    Raises:
        Diverged: the loss is not finite.
    """
    run = Run(model, recipe, checkpoint)
    run.resume()
    over = stop(run) or run.over
    while not over:
        run.advance(run.done)
        try:
            if progress:
                progress(run.done, run.expected, run.history.loss[-1])
            over = stop(run) or run.over
        except BaseException:
            run.save()
            raise
    run.save()
    return run.history


def fit_phase(
    name: str,
    model: nn.Module,
    recipe: Recipe,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> History:
    """`fit` for one of several trainings of a job, which `progress`, its own checkpoint and `Diverged` call by name."""
    own = checkpoint.part(name) if checkpoint else None
    try:
        return fit(model, recipe, own, partial(progress, name) if progress else None)
    except Diverged as error:
        raise Diverged(f"{name}: {error}") from error


class Run:
    """A training in progress: model, optimiser, schedule of the learning rate, and history."""

    def __init__(self, model: nn.Module, recipe: Recipe, checkpoint: Checkpoint | None = None) -> None:
        self.model: Any = model  # an `Objective`
        self.recipe = recipe
        self.checkpoint = checkpoint or Checkpoint(None, 0)
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.device = self.parameters[0].device
        graphed = self.device.type == "cuda" and recipe.graphed
        rate = torch.tensor(recipe.learning_rate, device=self.device) if graphed else recipe.learning_rate
        groups = getattr(model, "groups", partial(recipe.groups, model))(rate)
        self.optimizer = torch.optim.Adam(groups, lr=rate, fused=True, capturable=graphed)
        self.scheduler = recipe.scheduler(self.optimizer)
        self.history = History()
        self.identity = identity(model, {**asdict(recipe), "floor": model.floor})
        self.update = GraphedStep(self._update) if graphed else lambda _: self._update()

    @property
    def done(self) -> int:
        """Steps."""
        return len(self.history.loss)

    @property
    def spent(self) -> float:
        """Seconds of training."""
        return self.history.seconds[-1] if self.history.seconds else 0.0

    @property
    def expected(self) -> int:
        """Steps in all, where the rest take as long as those that are done."""
        return max(self.done, round(self.done / self.recipe.share(self.done, self.spent)))

    @property
    def over(self) -> bool:
        """Whether the recipe ends here."""
        return self.recipe.share(self.done, self.spent) >= 1

    def _update(self) -> Tensor:
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.model()
        loss.backward()
        self.recipe.adjust(self.parameters)
        self.optimizer.step()
        return loss.detach()

    def advance(self, step: int) -> None:
        """Do one step, counted from 0.

        Raises:
            Diverged: the loss is not finite.
        """
        began, spent = time.perf_counter(), self.spent
        self.model.set_progress(step / self.recipe.steps)
        loss = float(self.update(self.model.active_levels))
        if not math.isfinite(loss):
            raise Diverged(f"the loss became {loss} at step {step + 1} of {self.recipe.steps}")
        self.scheduler.step(loss + self.model.floor, spent)
        self.history.loss.append(loss)
        self.history.seconds.append(spent + time.perf_counter() - began)
        self.history.active_levels.append(self.model.active_levels)
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
            logger.info("goes on after step %d of %d", self.done, self.recipe.steps)
