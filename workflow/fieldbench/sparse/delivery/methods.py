"""The methods that are compared, cheapest first: each learns from a question, and then predicts from any observations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import KDTree

from fieldbench.report.formatting import number
from fieldbench.sparse import neighbourhoods, stationary
from fieldbench.sparse.delivery.asked import Asked
from fieldbench.sparse.kriging import Kriging
from fieldbench.sparse.methods import hybrid
from fieldbench.sparse.prediction import Prediction
from fieldbench.sparse.problem import Observations, Observed, Problem
from fieldbench.sparse.stationary import Stationary

Done = Callable[[int], None]  # told how many points more are finished
TUNED_ON = 600  # observations and, besides, cells at which the hybrid covariance is tuned
VALIDATION = 1 / 6  # of the history
KNOWN_KERNELS = {
    "rbf": "Gaussian",
    "matern12": "Matérn 1/2",
    "matern32": "Matérn 3/2",
    "matern52": "Matérn 5/2",
}


@dataclass(frozen=True)
class Method:
    """One that has learned what it can.

    Attributes:
        predict: from observations and points (Q,) to mean and spread (Q,).
        words: what it chose.
    """

    predict: Callable[[Observed, np.ndarray, Done], Prediction]
    words: str = ""


def nearest(asked: Asked) -> Method:
    """The nearest observation; its error is alike everywhere but for the calibration."""
    spread = float(asked.seen.values.std())

    def predict(seen: Observed, points: np.ndarray, done: Done) -> Prediction:
        found = KDTree(asked.places[seen.index]).query(asked.places[points], workers=asked.cores)[1]
        done(len(points))
        return Prediction(seen.values[found], np.full(len(points), spread))

    return Method(predict)


def history_mean(asked: Asked) -> Method:
    """What the history makes expect at this time of the year, without a look at the observations."""
    spread = np.sqrt(asked.history.variance)

    def predict(seen: Observed, points: np.ndarray, done: Done) -> Prediction:
        done(len(points))
        return Prediction(asked.expected[points], spread[points])

    return Method(predict)


def kriging(asked: Asked) -> Method:
    """Ordinary kriging of what the history does not make expect, by the most likely covariance of distance."""
    return _kriged(asked, _likely(asked))


def stretched_kriging(asked: Asked) -> Method:
    """The same with another length along the last axis."""
    return _kriged(asked, stationary.stretched(_likely(asked), *_given(asked)))


def hybrid_kriging(asked: Asked) -> Method:
    """Kriging with the history's own covariance and a model besides, see `sparse.methods.hybrid`."""
    noise = 0.0 if asked.noisy else float(np.sqrt(_likely(asked).nugget))
    chosen = hybrid.build(_tuning(asked, noise)).chosen
    told = asked.history
    prior = hybrid.kriging((told.mean, told.variance, told.covariance), asked.places, **chosen)

    def predict(seen: Observed, points: np.ndarray, done: Done) -> Prediction:
        seen = replace(seen, error=np.hypot(seen.error, noise))
        return neighbourhoods.condition(prior, asked.places, seen, points, cores=asked.cores, done=done)

    return Method(predict, ", ".join(f"{name} {value:g}" for name, value in chosen.items()))


@dataclass(frozen=True)
class Entry:
    """A method of the catalogue.

    Attributes:
        learn: from the question.
        description: for readers.
        of_history: whether it needs one.
    """

    learn: Callable[[Asked], Method]
    description: str
    of_history: bool = False


METHODS: Mapping[str, Entry] = {
    "nearest": Entry(nearest, "Nearest observation"),
    "history-mean": Entry(history_mean, "Mean of the history at this time of the year", of_history=True),
    "kriging": Entry(kriging, "Ordinary kriging, kernel by likelihood"),
    "kriging-stretched": Entry(stretched_kriging, "Ordinary kriging, two lengths by likelihood"),
    "hybrid": Entry(hybrid_kriging, "Kriging, the history's covariance and a model", of_history=True),
}


def usual(history: bool) -> list[str]:
    """The methods that are compared where nobody names others."""
    return [name for name, entry in METHODS.items() if history or not entry.of_history]


def _likely(asked: Asked) -> Stationary:
    return stationary.most_likely(*_given(asked))


def _given(asked: Asked) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places of observations, what the history does not make expect there, and the noise of that."""
    seen = asked.seen
    return asked.places[seen.index], seen.values - asked.expected[seen.index], seen.error


def _kriged(asked: Asked, model: Stationary) -> Method:
    """Kriging by one model: where observations are left out it stays, so that what calibrates it there holds for it."""
    prior, near = Kriging.stationary(model, asked.places, asked.expected), model.stretched(asked.places)

    def predict(seen: Observed, points: np.ndarray, done: Done) -> Prediction:
        return neighbourhoods.condition(prior, near, seen, points, cores=asked.cores, done=done)

    return Method(predict, _words(model, asked))


def _words(model: Stationary, asked: Asked) -> str:
    """What the likelihood chose."""
    size, unit = asked.unit_length
    words = f"{KNOWN_KERNELS[model.kernel]}, length {number(model.length * size)} {unit}".rstrip()
    if model.stretch == 1:
        return words
    return f"{words}, {number(model.length * size / model.stretch)} {asked.last_axis}"


def _tuning(asked: Asked, noise: float) -> Problem:
    """The history as a problem of the benchmark: its last fields are observed where the observations lie."""
    rng = np.random.default_rng(0)
    index = np.sort(rng.permutation(asked.seen.index)[:TUNED_ON])
    points = np.concatenate([index, np.sort(rng.permutation(asked.cells)[:TUNED_ON])])
    fields = asked.history.at(points).T
    train, validation = np.split(fields, [-max(2, round(VALIDATION * len(fields)))])
    noises = np.hypot(noise, asked.seen.error[index])
    values = validation[:, : len(index)] + noises * rng.standard_normal((len(validation), len(index)))
    nowhere, none = np.zeros(len(points), int), Observations(np.empty((0, 0), int), *np.empty((2, 0, 0)))
    places = np.tile(np.arange(len(index)), (len(validation), 1))
    return Problem(
        train=train,
        validation=validation,
        test=fields[:0],
        position=asked.places[points],  # as they are: unit vectors on the sphere
        row=nowhere,
        column=nowhere,
        shape=(1, 1),
        weight=np.ones(len(points)),
        latitude=None,
        longitude=None,
        validation_observations=Observations(places, values, np.broadcast_to(noises, values.shape)),
        test_observations=none,
        noise=float(np.sqrt(np.mean(noises**2))),
        mask="uniform",
        peak=float(np.ptp(fields)),
        unit="",
        drawn_over="time",
    )  # fmt: skip
