"""A learned method from training to predictions and diagnosis: what one job of the pipeline does."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

from fieldbench.sparse import diagnostics, neural
from fieldbench.sparse.prediction import Prediction
from fieldbench.sparse.problem import Observations, Problem
from fieldbench.sparse.spec import Spec

DIAGNOSED = 16  # test fields: the diagnosis predicts each several times


@dataclass(frozen=True)
class Result:
    """What a training leaves.

    Attributes:
        problem: what it was tested on.
        prediction: of the problem's test fields.
        history: see `neural.train`.
        measures: by name, with units.
        state: of the network.
    """

    problem: Problem
    prediction: Prediction
    history: xr.Dataset
    measures: dict[str, float]
    state: dict[str, Any]


def learn(
    problem: Problem,
    spec: Spec,
    training: neural.Training,
    *,
    overfit: Mapping[str, Any] | None = None,
    seed: int,
    device: torch.device,
    checkpoint_folder: Path | None = None,
    progress: neural.Progress | None = None,
) -> Result:
    """Train, predict the test fields, and look into what the network does with its observations.

    Args:
        problem, spec, training, seed, device, checkpoint_folder, progress: see `neural.train`.
        overfit: the few fields that then are training and test, see `diagnostics.overfit`; None for the whole problem.

    Raises:
        Diverged, UserError: see `neural.train`.
    """
    if overfit:
        problem, spec = diagnostics.overfit(problem, spec, overfit, seed)
    model, history, measures = neural.train(
        problem,
        spec,
        training,
        seed=seed,
        device=device,
        checkpoint_folder=checkpoint_folder,
        progress=progress,
    )
    seen = problem.test_observations
    began = time.perf_counter()
    prediction, _ = neural.predict(model, seen.index, seen.values)
    measures["field_seconds"] = (time.perf_counter() - began) / len(seen.index)
    last = history["loss"].values[-max(len(history["loss"]) // 20, 1) :]
    found = diagnostics.diagnose(model, _first_fields(problem, DIAGNOSED), float(np.mean(last)), seed)
    measures |= {f"diagnosed_{name}": value for name, value in found.items() if math.isfinite(value)}
    return Result(problem, prediction, history, measures, model.network.state_dict())


def no_result(problem: Problem) -> Result:
    """What stands in the files of a run that failed: predictions of NaN and an empty history."""
    empty = xr.Dataset({name: ("step", np.empty(0)) for name in ("loss", "seconds", "phase")})
    return Result(problem, Prediction(np.full_like(problem.test, np.nan)), empty, {}, {})


def _first_fields(problem: Problem, count: int) -> Problem:
    seen = problem.test_observations
    few = Observations(seen.index[:count], seen.values[:count])
    return replace(problem, test=problem.test[:count], test_observations=few)
