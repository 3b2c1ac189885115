"""Step times of encoders, measured in turn within one job: a change of the machine's load meets all."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
import xarray as xr

from fieldbench.inversion.neural import Phase
from fieldbench.inversion.published import PublishedStep
from fieldbench.training.cuda_graph import WARM_UP
from fieldbench.training.loop import Diverged, Run

PHASE = "b_los"
# Of a training with a schedule: one between any two of its four activations.
MOMENTS = (0.125, 0.375, 0.625, 0.875)


def step_times(
    problem: xr.Dataset,
    specs: Mapping[str, Mapping[str, Mapping[str, Any]]],
    training: Mapping[str, Any],
    *,
    repetitions: int,
    device: torch.device,
    precision: str = "float32",
    progress: Callable[[str], None] | None = None,
) -> list[dict[str, Any]]:
    """Seconds of one step of the B_los phase, by the fast form and by the published algorithm.

    An encoder whose levels become active one after the other is timed at moments spread over its schedule, and
    each repetition is their mean.

    Args:
        problem, training, precision: see `neural.train`.
        specs: method -> its `encoder` and `network`.
        repetitions: times that every form of every encoder is measured.

    Returns:
        One entry per method: `method`, `metrics` with the means of `fast_step_seconds` and `plain_step_seconds`, and
        `draws`, their values by repetition; or `status` and `reason`.
    """
    pairs = {name: _Pair(problem, spec, training, device, precision) for name, spec in specs.items()}
    times: dict[str, list[dict[str, float]]] = {name: [] for name in pairs}
    failed: dict[str, str] = {}
    for repetition in range(-1, repetitions):  # the first warms up
        for name, pair in pairs.items():
            if name in failed:
                continue
            try:
                times[name].append(pair.measure())
            except Diverged as error:  # the others go on
                failed[name] = str(error)
            if progress and repetition >= 0:
                progress(f"{name} repetition {repetition}: {failed.get(name) or times[name][-1]}")
    return [_entry(name, times[name][1:], failed.get(name)) for name in pairs]


def _entry(method: str, times: list[dict[str, float]], reason: str | None) -> dict[str, Any]:
    """What a record says of an encoder."""
    if reason:
        return {"method": method, "status": "failed", "reason": reason}
    by_form = {form: [time[form] for time in times] for form in times[0]}
    return {
        "method": method,
        "metrics": {form: statistics.fmean(values) for form, values in by_form.items()},
        "draws": {form: {"repetition": values} for form, values in by_form.items()},
    }


class _Pair:
    """One encoder in both forms."""

    def __init__(self, problem, spec, training, device: torch.device, precision: str) -> None:
        phase = Phase(problem, PHASE, spec, training, device, precision)
        self.run = Run(phase.model, phase.recipe)
        self.plain = PublishedStep(problem, spec, training, PHASE, device=device)
        self.untimed = WARM_UP + 1 if device.type == "cuda" else 1
        phase.model.set_progress(0.0)
        self.moments = (0.0,) if phase.encoder.complete else MOMENTS

    def measure(self) -> dict[str, float]:
        times = [self._at(moment) for moment in self.moments]
        return {name: statistics.fmean(at[name] for at in times) for name in times[0]}

    def _at(self, fraction: float) -> dict[str, float]:
        self.plain.set_progress(fraction)
        step = int(fraction * self.run.recipe.steps)
        for _ in range(self.untimed):
            self.run.advance(step)
        return {
            "fast_step_seconds": seconds(lambda: self.run.advance(step)),
            "plain_step_seconds": seconds(lambda: float(self.plain())),
        }


def seconds(work: Callable[[], Any]) -> float:
    """Wall time of one call; `work` must wait for the device itself."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
