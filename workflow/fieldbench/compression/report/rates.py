"""Rate-distortion curves from the long table: what codecs cost at equal quality.

A comparison is made input by input, each with the mean over its seeds, so that intervals are over inputs; where there is a
single input it is made seed by seed. The rate of a change is that at equal quality: the BD-rate, or where a codec has one
operating point only, the rates at the quality of that point.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from fieldbench.metrics.rate_distortion import bd_rate, rate_at
from fieldbench.report.statistics import Difference, Draws, Estimate, estimate, exponential, paired_difference
from fieldbench.report.tables import Key, Results

RATE = "rate_bpp"
PSNR = "psnr_db"
COST = "rate_distortion_cost_db"
WEIGHT = "lambda_per_pixel_ratio"
SIMILARITIES = ("ssim_score", "ms_ssim_score")  # whose distance from 1 is what differs
ERROR = "max_error_data"
QUALITIES = {
    PSNR: "PSNR",
    "ssim_score": "SSIM",
    "ms_ssim_score": "MS-SSIM",
    "vmaf_score": "VMAF",
    ERROR: "maximum error",
}
Curve = np.ndarray  # (n, 2): rate in bits per pixel, quality


def quality(metric: str, values: np.ndarray) -> np.ndarray:
    """A metric on a scale on which equal steps look alike: similarities and errors in dB, higher is better."""
    values = np.asarray(values, float)
    if metric in SIMILARITIES:
        return -10 * np.log10(np.maximum(1 - values, 1e-12))
    return -20 * np.log10(np.maximum(values, 1e-300)) if metric == ERROR else values


def rate_change(reference: Curve, test: Curve) -> float:
    """By how many per cent `test` differs from `reference` in rate at equal quality; NaN without a common quality."""
    if min(len(reference), len(test)) > 1:
        return float(bd_rate(reference, test))
    if len(reference) == len(test):
        return float("nan")
    level = (reference if len(reference) == 1 else test)[0, 1]
    rates = [curve[0, 0] if len(curve) == 1 else rate_at(curve, level) for curve in (reference, test)]
    return float(100 * (rates[1] / rates[0] - 1))


class Rates:
    """Look-up of curves, and of differences between codecs.

    Args:
        results: the area's long table; `dataset` is an input, `regime` an operating point, `method` a codec.
    """

    def __init__(self, results: Results):
        self.results = results
        self._measured: dict[tuple[str, str], list[Key]] = {}
        for key in results.keys:
            if results.has(key, RATE):
                self._measured.setdefault((key.dataset, key.method), []).append(key)
        self._points: dict[tuple[str, str], list[Key]] = {}  # in order of the rate, once they were asked for
        self._curves: dict[tuple[str, str, str, int | None], Curve] = {}

    def _rate(self, key: Key) -> float:
        return self.results.estimate(key, RATE).mean

    def points(self, dataset: str, codec: str) -> list[Key]:
        """The operating points that were measured, the lowest rate first."""
        pair = dataset, codec
        if pair not in self._points:
            self._points[pair] = sorted(self._measured.get(pair, []), key=self._rate)
        return self._points[pair]

    def inputs(self, datasets: Sequence[str], *codecs: str) -> list[str]:
        """The inputs on which every one of the codecs was measured."""
        return [name for name in datasets if all(self.points(name, codec) for codec in codecs)]

    def has(self, key: Key, metric: str) -> bool:
        """Whether `values` knows a metric."""
        return self.results.has(key, *((PSNR, RATE, WEIGHT) if metric == COST else (metric,)))

    def values(self, key: Key, metric: str) -> Draws:
        """A metric over seeds, or a float; also COST, the loss 10 log10(D + lambda R) of what was written."""
        if metric != COST:
            return self.results.draws(key, metric)
        psnr, rate, weight = (self.results.draws(key, name) for name in (PSNR, RATE, WEIGHT))
        return 10 * np.log10(10 ** (-psnr / 10) + weight * rate)

    def first(self, key: Key, metric: str) -> float:
        """The value of the first seed; NaN where it was not measured."""
        return float(np.atleast_1d(self.values(key, metric))[0]) if self.has(key, metric) else float("nan")

    def seeds(self, dataset: str, codec: str) -> list[int]:
        """Seeds that every operating point has; empty for a codec that does not depend on them."""
        found = [self.results.draws(key, RATE) for key in self.points(dataset, codec)]
        sets = [set(values.index) for values in found if isinstance(values, pd.Series)]
        return sorted(set.intersection(*sets)) if sets else []

    def curve(self, dataset: str, codec: str, metric: str = PSNR, seed: int | None = None) -> Curve:
        """Rates and qualities, the mean over seeds or those of one seed, in the order of quality."""
        name = dataset, codec, metric, seed
        if name not in self._curves:
            self._curves[name] = self._curve(*name)
        return self._curves[name]

    def _curve(self, dataset: str, codec: str, metric: str, seed: int | None) -> Curve:
        rows = [
            [_at(self.values(key, RATE), seed), float(quality(metric, _at(self.values(key, metric), seed)))]
            for key in self.points(dataset, codec)
            if self.has(key, metric)
        ]
        curve = np.array(rows).reshape(-1, 2)
        return curve[np.argsort(curve[:, 1], kind="stable")]

    def over(self, datasets: Sequence[str], codec: str, point: str, metric: str) -> Draws:
        """A metric at an operating point: by input the mean over seeds, or on a single input by seed."""
        keys = {name: Key(name, point, codec) for name in datasets}
        known = {name: key for name, key in keys.items() if self.has(key, metric)}
        if len(datasets) == 1 and known:
            return self.values(known[datasets[0]], metric)
        means = {name: estimate(self.values(key, metric)).mean for name, key in known.items()}
        return pd.Series(means, dtype=float)

    def change(self, datasets: Sequence[str], of: str, over: str, metric: str = PSNR) -> Difference:
        """The rate of codec `of` against that of `over` at equal quality; `absolute` is in per cent."""
        return paired_difference(self.changes(datasets, of, over, metric), 0.0)

    def ratio(self, datasets: Sequence[str], of: str, over: str, metric: str = PSNR) -> Estimate:
        """How many times smaller `of` is than `over` at equal quality: geometric mean with its interval."""
        draws = self.changes(datasets, of, over, metric)
        return exponential(estimate(-np.log1p(draws / 100)))

    def changes(self, datasets: Sequence[str], of: str, over: str, metric: str = PSNR) -> Draws:
        """Changes in per cent by input or by seed, a float where neither codec depends on the seed."""
        names = self.inputs(datasets, of, over)
        if len(names) > 1:
            return _known({name: self._change(name, of, over, metric) for name in names})
        if not names:
            return _known({})
        own = [set(seeds) for codec in (of, over) if (seeds := self.seeds(names[0], codec))]
        if not own:
            found = self._change(names[0], of, over, metric)
            return found if np.isfinite(found) else _known({})
        seeds = sorted(set.intersection(*own))
        return _known({seed: self._change(names[0], of, over, metric, seed) for seed in seeds})

    def _change(self, dataset: str, of: str, over: str, metric: str, seed: int | None = None) -> float:
        curves = [self.curve(dataset, codec, metric, seed) for codec in (over, of)]
        return rate_change(*curves) if all(len(curve) for curve in curves) else float("nan")


def _at(values: Draws, seed: int | None) -> float:
    """The value of a seed, or the mean."""
    if seed is None or not isinstance(values, pd.Series):
        return estimate(values).mean
    return float(values[seed])


def _known(values: dict) -> pd.Series:
    return pd.Series(values, dtype=float).dropna()


def steps(values: Sequence[Draws]) -> list[Difference]:
    """Each of several values minus the one before, paired."""
    return [paired_difference(after, before) for before, after in pairwise(values)]
