"""A learned method from training to predictions and diagnosis: what one job of the pipeline does."""

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import xarray as xr

from fieldbench import io
from fieldbench.sparse import diagnostics, gridded, neural
from fieldbench.sparse.prediction import Prediction, to_dataset
from fieldbench.sparse.problem import Problem, from_dataset
from fieldbench.sparse.spec import Spec
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import Progress
from fieldbench.training.result import Result

DIAGNOSED = 16  # test fields, far apart in a series: the diagnosis predicts each once more


def train(
    problem: Problem,
    spec: Spec,
    training: neural.Training,
    *,
    overfit: Mapping[str, Any] | None = None,
    seed: int,
    device: torch.device,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Result:
    """Train, predict the test fields, and look into what the network does with its observations.

    Args:
        problem, spec, training: see `neural.train`; the others: see `training.result.Train`.
        overfit: the few fields that then are training and test, see `diagnostics.overfit`; None for the whole problem.

    Returns:
        `prediction` of the test fields, beside the truth where they are overfit; `history` and `model` of `neural.train`,
        and measures.

    Raises:
        Diverged, UserError: see `neural.train`.
    """
    if overfit:
        problem, spec = diagnostics.overfit(problem, spec, overfit, seed)
    common = {"seed": seed, "device": device, "checkpoint": checkpoint, "progress": progress}
    trained = (gridded if spec.gridded else neural).train(problem, spec, training, **common)
    model, history = trained.outputs["model"], trained.outputs["history"]
    seen = problem.test_observations
    began = time.perf_counter()
    prediction, samples = neural.predict(model, seen)
    seconds = (time.perf_counter() - began) / len(seen)
    last = history["loss"].values[-max(len(history["loss"]) // 20, 1) :]
    few = _some_fields(problem, spec)
    chosen = replace(problem, test=problem.test[few], test_observations=seen[few])
    found = prediction.mean[few], None if samples is None else samples[0, few]
    measured = diagnostics.diagnose(model, chosen, found, float(np.mean(last)), seed)
    diagnosis = {f"diagnosed_{name}": value for name, value in measured.items() if math.isfinite(value)}
    return Result(
        {
            "prediction": _written(prediction, problem, bool(overfit)),
            "history": history,
            "model": model.network,
        },
        {**trained.measures, "field_seconds": seconds, **diagnosis},
    )


def train_on(path: str, spec: Spec, training: neural.Training, **options: Any) -> Result:
    """`train` on the problem in a file.

    Raises:
        Unsuitable: it stands for a task that cannot be had, or as `train`.
    """
    return train(from_dataset(io.open_dataset(path)), spec, training, **options)


def empty() -> Result:
    """What a run that failed leaves: no prediction, a history without steps and no state."""
    history = xr.Dataset({name: ("step", np.empty(0)) for name in ("loss", "seconds", "phase")})
    return Result({"prediction": xr.Dataset(), "history": history, "model": {}}, {})


def _written(prediction: Prediction, problem: Problem, with_truth: bool) -> xr.Dataset:
    """The prediction as it is written: fields that no file of the problem names stand beside it."""
    return to_dataset(prediction, problem, **({"truth": problem.test} if with_truth else {}))


def _some_fields(problem: Problem, spec: Spec) -> np.ndarray:
    """Numbers of test fields evenly spread; all of them for a network that needs those beside them."""
    count = len(problem.test)
    return np.arange(count) if spec.gridded else np.arange(0, count, max(1, count // DIAGNOSED))[:DIAGNOSED]
