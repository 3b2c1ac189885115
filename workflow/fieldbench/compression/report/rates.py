"""Rate-distortion curves from the long table: what codecs cost at equal quality.

Rates are compared by their logarithms: by the BD-rate, or where a codec has one operating point only, by the rates at the
quality of that point. Each seed's curve of a codec is held against the mean curve of the other.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fieldbench.metrics.rate_distortion import bd_rate, rate_at
from fieldbench.report.statistics import Comparison, Draws, Scale, compare
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


def quality(metric: str, values: ArrayLike) -> np.ndarray:
    """A metric on a scale on which equal steps look alike: similarities and errors in dB, higher is better."""
    values = np.asarray(values, float)
    if metric in SIMILARITIES:
        return -10 * np.log10(np.maximum(1 - values, 1e-12))
    return -20 * np.log10(np.maximum(values, 1e-300)) if metric == ERROR else values


def log_rate_ratio(test: Curve, reference: Curve) -> float:
    """Logarithm of the rate of `test` over that of `reference` at equal quality; NaN without a common quality."""
    lengths = sorted(map(len, (test, reference)))
    if lengths[0] > 1:
        return float(np.log1p(bd_rate(reference, test) / 100))
    if lengths[0] == 0 or lengths[1] == 1:
        return float("nan")
    level = (reference if len(reference) == 1 else test)[0, 1]
    rates = [curve[0, 0] if len(curve) == 1 else rate_at(curve, level) for curve in (test, reference)]
    return float(np.log(rates[0] / rates[1]))


def nested(by_input: Mapping[str, Draws]) -> pd.Series:
    """Draws over seeds and inputs from those of every input, of the seeds that all inputs have.

    Over inputs alone, with means over seeds, where nothing depends on a seed or no seed is common; and where there are two
    inputs, which tell nothing of how inputs differ.
    """
    seeded = [draws for draws in by_input.values() if isinstance(draws, pd.Series)]
    table = pd.DataFrame(dict(by_input)).dropna() if len(seeded) == len(by_input) else pd.DataFrame()
    if table.empty or len(by_input) == 2:
        means = {name: float(np.mean(draws)) for name, draws in by_input.items()}
        return pd.Series(means, dtype=float).rename_axis("input")
    return table.rename_axis(index="seed", columns="input").stack()


class Rates:
    """Look-up of curves, and comparisons of codecs.

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
        self._values: dict[tuple[Key, str], Draws] = {}
        self._curves: dict[tuple[str, str, str, int | None], Curve] = {}
        self._draws: dict[tuple[tuple[str, ...], str, str, str], tuple[pd.Series, pd.Series]] = {}
        self._compared: dict[tuple[tuple[str, ...], tuple[str, ...], str, str], dict[str, Comparison]] = {}

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
            if (key, metric) not in self._values:
                self._values[key, metric] = self.results.draws(key, metric)
            return self._values[key, metric]
        psnr, rate, weight = (self.results.draws(key, name) for name in (PSNR, RATE, WEIGHT))
        return 10 * np.log10(10 ** (-psnr / 10) + weight * rate)

    def first(self, key: Key, metric: str) -> float:
        """The value of the first seed; NaN where it was not measured."""
        return float(np.atleast_1d(self.values(key, metric))[0]) if self.has(key, metric) else float("nan")

    def seeds(self, dataset: str, codec: str) -> list[int]:
        """Seeds that every operating point has; empty for a codec that does not depend on them."""
        rates = [self.values(key, RATE) for key in self.points(dataset, codec)]
        sets = [set(values.index) for values in rates if isinstance(values, pd.Series)]
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

    def complete(self, datasets: Sequence[str], codec: str, points: Iterable[str], metric: str) -> list[str]:
        """The inputs on which a metric was measured at each of some operating points."""
        return [
            name for name in datasets if all(self.has(Key(name, point, codec), metric) for point in points)
        ]

    def over(self, datasets: Sequence[str], codec: str, point: str, metric: str) -> pd.Series:
        """Draws of a metric at an operating point, on the inputs of which it is known; see `nested`."""
        keys = [Key(name, point, codec) for name in datasets]
        return nested({key.dataset: self.values(key, metric) for key in keys if self.has(key, metric)})

    def along(
        self, datasets: Sequence[str], codec: str, points: Sequence[str], metric: str
    ) -> list[pd.Series]:
        """Draws of a metric at operating points, on the inputs on which each of them has it."""
        names = self.complete(datasets, codec, points, metric)
        return [self.over(names, codec, point, metric) for point in points]

    def runs(self, datasets: Sequence[str], codec: str, points: Iterable[str], metric: str) -> list[float]:
        """A metric of every training at some operating points."""
        keys = [Key(name, point, codec) for name in datasets for point in points]
        return [
            float(value)
            for key in keys
            if self.has(key, metric)
            for value in np.atleast_1d(self.values(key, metric))
        ]

    def compare(
        self, datasets: Sequence[str], codecs: Iterable[str], reference: str, metric: str = PSNR
    ) -> dict[str, Comparison]:
        """Rates of codecs against that of a reference at equal quality, as one family; of those with a common quality."""
        name = tuple(datasets), tuple(codecs), reference, metric
        if name not in self._compared:
            draws = {codec: self.draws(datasets, codec, reference, metric) for codec in name[1]}
            known = {codec: pair for codec, pair in draws.items() if len(pair[0])}
            self._compared[name] = compare(known, Scale.LOGARITHM, lower_is_better=True)
        return self._compared[name]

    def draws(
        self, datasets: Sequence[str], of: str, over: str, metric: str = PSNR
    ) -> tuple[pd.Series, pd.Series]:
        """What a comparison of two codecs' rates at equal quality rests on; both empty without a common quality.

        Returns:
            logarithms of the rate of `of` over that of `over`, a curve for each seed against the mean curve; and how far the
            curves of the seeds of `over` lie from their mean, at the qualities of the mean curve of `of`.
        """
        name = tuple(datasets), of, over, metric
        if name not in self._draws:
            shared = self.inputs(datasets, of, over)
            ratios = _finite({each: self._by_seed(each, of, over, metric) for each in shared})
            spreads = _finite({each: self._spread(each, over, of, metric) for each in ratios})
            self._draws[name] = nested({each: ratios[each] for each in spreads}), nested(spreads)
        return self._draws[name]

    def _spread(self, dataset: str, of: str, over: str, metric: str) -> Draws:
        """How far the curves of the seeds of `of` lie from their mean; 0 without seeds."""
        if not self.seeds(dataset, of):
            return 0.0
        ratios = self._by_seed(dataset, of, over, metric)
        return ratios - np.mean(ratios)

    def _by_seed(self, dataset: str, of: str, over: str, metric: str) -> Draws:
        reference = self.curve(dataset, over, metric)
        if not (seeds := self.seeds(dataset, of)):
            return log_rate_ratio(self.curve(dataset, of, metric), reference)
        return pd.Series(
            {seed: log_rate_ratio(self.curve(dataset, of, metric, seed), reference) for seed in seeds}
        )


def _finite(by_input: Mapping[str, Draws]) -> dict[str, Draws]:
    """Those inputs on which every seed reaches a common quality."""
    return {name: draws for name, draws in by_input.items() if np.all(np.isfinite(draws))}


def _at(values: Draws, seed: int | None) -> float:
    """The value of a seed, or the mean."""
    if seed is None or not isinstance(values, pd.Series):
        return float(np.mean(values))
    return float(values[seed])
