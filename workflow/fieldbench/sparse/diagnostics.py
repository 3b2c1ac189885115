"""Why a network rebuilds fields badly: tests that tell the causes apart; `report.diagnosis` has the verdict.

A low PSNR has many causes. Whether a network uses its observations shows when it is given those of an independent field, and
against the training fields' mean, which no network that ignores them can beat; what it can reach else follows from the
values' distribution alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from scipy.special import ndtri, softmax

from fieldbench.sparse import masks, neural, places, score
from fieldbench.sparse.batches import Batches, scale_of
from fieldbench.sparse.flow import moment
from fieldbench.sparse.neural import Model
from fieldbench.sparse.problem import Problem
from fieldbench.sparse.spec import Spec

# Quantiles of fields and starts, and times, that the floor of a flow is summed over.
VALUES, STARTS, TIMES = 128, 24, 24


def overfit(problem: Problem, spec: Spec, few: Mapping[str, Any], seed: int) -> tuple[Problem, Spec]:
    """A training that memory alone should win: tested on the fields, and the frozen masks, that it is trained on.

    Args:
        problem, spec: of the whole training.
        few: `fields`, how many training fields it sees; `masks`, `frozen` or `redrawn`.
        seed: of the observations.
    """
    fields = problem.train[: few["fields"]]
    spec = replace(spec, masks=few["masks"])
    rng = np.random.default_rng(seed)
    index = masks.of_problem(problem, len(fields), rng)
    if spec.masks == "frozen":
        batches = Batches(problem, spec, len(fields), 1, 1, seed)
        index = np.stack([batches.frozen_mask(field) for field in range(len(fields))])
    seen = masks.observe(fields, index, problem.noise, rng)
    known = replace(problem, train=fields, validation=fields, test=fields)
    return replace(known, validation_observations=seen, test_observations=seen), spec


def blind_floor(problem: Problem, spec: Spec) -> float:
    """The least loss of a network that knows time, state and the values' distribution but no observation and no place.

    For a flow from white noise it is the mean over time of the variance of the velocity, given the state.
    """
    normalised = scale_of(problem, spec).normalise(problem.train[~np.isnan(problem.train)])
    if not spec.flows:
        return float(normalised.var(dtype=float))
    return flow_floor(normalised, spec.path)


def flow_floor(values: np.ndarray, path: str) -> float:
    """See `blind_floor`, for fields with these `values` of any shape; by sums over quantiles."""
    ends = np.quantile(values, _midpoints(VALUES))
    starts = ndtri(_midpoints(STARTS))
    total = 0.0
    for time in _midpoints(TIMES):
        at = moment(path, torch.tensor([time], dtype=torch.float64))
        a, b, a_rate, b_rate = (float(part) for part in (at.a, at.b, at.a_rate, at.b_rate))
        states = (a * ends[:, None] + b * starts).reshape(-1, 1)
        weight = softmax(-0.5 * ((states - a * ends) / b) ** 2, axis=1)
        mean = weight @ ends
        variance = (weight @ ends**2 - mean**2).mean()
        total += variance * (a_rate - b_rate * a / b) ** 2
    return float(total / TIMES)


def _midpoints(count: int) -> np.ndarray:
    return (np.arange(count) + 0.5) / count


def diagnose(
    model: Model, problem: Problem, found: tuple[np.ndarray, np.ndarray | None], loss: float, seed: int = 0
) -> dict[str, float]:
    """All that `report.diagnosis.fault_of` needs, and what a figure shows.

    Args:
        model: a trained model.
        problem: what it is tested on.
        found: what it predicts for the test fields (F, P), and one sample of each if it is a flow.
        loss: its last training loss.
        seed: that it was trained with, which its fixed queries follow from.
    """
    truth, (mean, sample) = problem.test, found
    batches = Batches(problem, model.spec, 1, 1, 1, seed)
    trained = np.zeros(truth.shape, bool)
    np.put_along_axis(trained, batches.trained_points(len(truth)), True, axis=1)
    squared = (mean - truth) ** 2
    measures = {
        "psnr_db": _db(squared, problem),
        "trained_db": _db(squared[trained], problem),
        "untrained_db": _db(squared[~trained], problem),
        "unseen_count": _unseen(model.spec, batches),
        **swapped(model, problem, squared),
        "variation_fraction": float(mean.std(0).mean() / max(_variation(problem), 1e-12)),
        "loss_over_blind_ratio": loss / blind_floor(problem, model.spec),
        "clamp_cap_db": _clamp_cap(model, problem),
        "aliased_fraction": aliased(model, problem),
        **score.references(problem),
    }
    if sample is not None:
        measures["one_sample_db"] = _db((sample - truth) ** 2, problem)
    if len(problem.train) == 1:
        measures["climatology_db"] = float("nan")  # the mean of one field is that field
    return measures


def _unseen(spec: Spec, batches: Batches) -> int:
    """How many points the loss is never taken at, in any field."""
    if spec.queries == "fixed":
        return batches.points - len(batches.fixed_query())
    if spec.queries == "own" and spec.masks == "frozen":
        return batches.points - len(np.unique(batches.trained_points(len(batches.problem.train))))
    return 0  # random queries, and grids from random corners, leave no point out


def swapped(model: Model, problem: Problem, squared: np.ndarray) -> dict[str, float]:
    """What becomes of the PSNR when each test field is predicted from the observations of an independent one.

    NaN for a single field: who has seen no other needs no observation.

    Args:
        squared: (F, P) errors with each field's own observations.

    Returns:
        `swap_drop_db`, by how much the PSNR falls, and `swap_correlation` of the fields that were swapped.
    """
    if len(problem.test) < 2:
        return dict.fromkeys(("swap_drop_db", "swap_correlation"), float("nan"))
    places, correlation = independent(problem)
    prediction, _ = neural.predict(model, problem.test_observations.rolled(places))
    fallen = _db(squared, problem) - _db((prediction.mean - problem.test) ** 2, problem)
    return {"swap_drop_db": fallen, "swap_correlation": correlation}


def independent(problem: Problem) -> tuple[int, float]:
    """By how many places test fields are moved so that each meets one that is least like it, and how like they then are.

    Neighbours in time tell much the same; those that are farther apart than the series remembers do not.

    Returns:
        places; and the mean size of the correlation of two fields, both less the training fields' mean, on points where both
        are known.
    """
    fields = problem.test
    if np.isnan(fields).any():  # a series with gaps, of which more is observed than judged
        fields = problem.test_observations.on_points(fields.shape[1])
    if problem.train.size:
        fields = fields - score.mean_field(problem.train)
    likeness = [
        np.nanmean(
            [abs(_correlation(*pair)) for pair in zip(fields, np.roll(fields, places, 0), strict=True)]
        )
        for places in range(1, len(fields))
    ]
    return int(np.argmin(likeness)) + 1, float(np.min(likeness))


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Of two fields (P,) about zero, where both are known; 0 where one is flat."""
    both = ~np.isnan(first) & ~np.isnan(second)
    products = [(a[both] * b[both]).sum() for a, b in ((first, second), (first, first), (second, second))]
    return float(products[0] / np.sqrt(max(products[1] * products[2], np.finfo(float).tiny)))


def _variation(problem: Problem) -> float:
    """The mean standard deviation of a point over the test fields; where these have gaps, over the training fields."""
    if not np.isnan(problem.test).any():
        return float(problem.test.std(0).mean())
    squared = (problem.train - score.mean_field(problem.train)) ** 2
    return float(np.sqrt(score.mean_field(squared)).mean())


def aliased(model: Model, problem: Problem) -> float:
    """Share of a network's frequencies of positions that exceed the grid's Nyquist frequency in a component."""
    features = getattr(model.network, "features", None)
    if features is None:
        return 0.0
    limit = places.nyquist(places.seen(problem)) * (1 + 1e-6)
    return float((features.frequencies.abs() > limit).any(1).float().mean())


def _clamp_cap(model: Model, problem: Problem) -> float:
    """The PSNR of the truth itself, clamped as predictions are."""
    if model.spec.clamp == "none":
        return float("inf")
    squared = (problem.test.clip(*model.range) - problem.test) ** 2
    return _db(squared, problem) if squared.any() else float("inf")


def _db(squared: np.ndarray, problem: Problem) -> float:
    """PSNR of the mean."""
    return float(score.psnr(np.nanmean(squared, dtype=float), problem.peak))
