"""The tables of the page on compression."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from scipy import stats

from fieldbench.compression.report.metrics import LEVELS
from fieldbench.compression.report.rates import COST, ERROR, PSNR, QUALITIES, RATE, WEIGHT, Rates, steps
from fieldbench.record import unit
from fieldbench.report.formatting import (
    ABSENT,
    byte_size,
    factor,
    gain_text,
    mean_interval,
    number,
    percent,
    ratio_text,
    table,
)
from fieldbench.report.metrics import METRICS, data_unit, heading
from fieldbench.report.statistics import (
    LEVEL,
    Comparison,
    Difference,
    Estimate,
    estimate,
    judge,
    paired_difference,
)
from fieldbench.report.tables import Key, Results

SHOWN = (RATE, PSNR, "ssim_score", "ms_ssim_score", "vmaf_score", "file_bytes")
COMPARED = (PSNR, "ssim_score", "ms_ssim_score", "vmaf_score")
COSTS = ("encode_seconds", "decode_seconds", "multiply_adds_count", "peak_memory_bytes", "parameter_count")
GROWTH = (
    "peak_memory_bytes",
    "step_seconds",
    "encode_seconds",
    "decode_seconds",
)  # with the number of pixels
BOUNDED = (RATE, ERROR, "rmse_data", "spectrum_error_db", "encode_seconds", "decode_seconds")
PARTS = ("header_bytes", "networks_bytes", "mask_bytes", "correction_bytes")  # besides the latents
SIGNATURES = {  # what the document says of each
    "plateau_count": ("PSNR plateaus early", "too little regularization or too few latents"),
    "instability_count": (
        "training is unstable",
        "annealing too aggressive or noisy gradients of the rounding",
    ),
    "low_compression_count": ("compression ratio is low", "entropy weighed too little or too many latents"),
}
SLACK = 1e-6  # relative; of a bound that a file keeps
Verdicts = Mapping[Any, Comparison]


@dataclass(frozen=True)
class Experiment:
    """What was run of an experiment.

    Attributes:
        name: its key.
        kind: rate_distortion, sweep, scaling or bounded.
        title: its heading.
        answers: the question that it answers.
        datasets: inputs with results.
        codecs: those with results on one of them.
        reference: codec that others are compared with; None where there is no codec.
        option: of a sweep, the option that its operating points differ in.
        documented: the document's codec, if it is among them.
        uncompressed: what the document compares its sizes with: Instant-NGP, in every precision that was run.
    """

    name: str
    kind: str
    title: str
    answers: str
    datasets: tuple[str, ...]
    codecs: tuple[str, ...]
    reference: str | None
    option: str
    documented: str | None
    uncompressed: tuple[str, ...]


class Study:
    """All that the page rests on.

    Args:
        results: the area's long table.
        about: see `compression.page`.
    """

    def __init__(self, results: Results, about: Mapping[str, Any]):
        self.results = results
        self.about = about

    @cached_property
    def rates(self) -> Rates:
        """Curves and differences."""
        return Rates(self.results)

    @cached_property
    def experiments(self) -> dict[str, Experiment]:
        """The experiments of which something was measured."""
        found = {name: self._experiment(name, entry) for name, entry in self.about["experiments"].items()}
        return {name: experiment for name, experiment in found.items() if experiment.codecs}

    def _experiment(self, name: str, entry: Mapping[str, Any]) -> Experiment:
        run = {
            (dataset, codec)
            for dataset, codec in product(entry["data"], entry["methods"])
            if self.rates.points(dataset, codec)
        }
        codecs = tuple(codec for codec in entry["methods"] if codec in {codec for _, codec in run})
        reference, document = entry.get("reference"), self.about["document"]
        return Experiment(
            name,
            entry["kind"],
            entry["title"],
            entry.get("answers", ""),
            tuple(dataset for dataset in entry["data"] if dataset in {dataset for dataset, _ in run}),
            codecs,
            reference if reference in codecs else next(iter(codecs), None),
            entry.get("option", ""),
            next((codec for codec in document["codecs"] if codec in codecs), None),
            tuple(codec for codec in codecs if codec in document["baselines"]),
        )

    def of_kind(self, kind: str) -> list[Experiment]:
        """The experiments of a kind that were run."""
        return [experiment for experiment in self.experiments.values() if experiment.kind == kind]

    def learned(self, codec: str) -> bool:
        """Whether a codec is trained."""
        return self.about["codecs"][codec]["learned"]

    def points(self, experiment: Experiment, codec: str) -> list[str]:
        """The operating points of a codec that were measured: in the order of a sweep's option, or of the rate."""
        found = [key.regime for name in experiment.datasets for key in self.rates.points(name, codec)]
        names = list(dict.fromkeys(found))
        if experiment.option:
            return sorted(names, key=lambda point: self.option(experiment, codec, point))
        return sorted(names, key=lambda point: self.mean(experiment.datasets, codec, point, RATE))

    def option(self, experiment: Experiment, codec: str, point: str) -> float:
        """The value of a sweep's option at an operating point; NaN where the point does not set it."""
        return setting(self.about["codecs"][codec]["points"][point], experiment.option)

    def bound(self, dataset: str, codec: str, point: str) -> float:
        """The largest error that a file may have at an operating point, in the data's unit; NaN without one."""
        share = setting(self.about["codecs"][codec]["points"][point], "max_error_share")
        return share * float(self.about["facts"][dataset]["peak"])

    def bound_text(self, dataset: str, codec: str, point: str) -> str:
        """The bound, or the operating point's name where it has none."""
        bound = self.bound(dataset, codec, point)
        return f"{bound:.3g}" if np.isfinite(bound) else point

    def estimate(self, datasets: Sequence[str], codec: str, point: str, metric: str) -> Estimate:
        """A metric at an operating point over inputs, or over seeds on a single input."""
        return estimate(self.rates.over(datasets, codec, point, metric))

    def mean(self, datasets: Sequence[str], codec: str, point: str, metric: str) -> float:
        """The mean of `estimate`."""
        return self.estimate(datasets, codec, point, metric).mean

    def measured(self, experiment: Experiment, metrics: Sequence[str]) -> list[str]:
        """Those of some metrics that a codec of the experiment has."""
        keys = [
            key
            for dataset, codec in product(experiment.datasets, experiment.codecs)
            for key in self.rates.points(dataset, codec)
        ]
        return [metric for metric in metrics if any(self.rates.has(key, metric) for key in keys)]

    def cost(self, experiment: Experiment, codec: str, metric: str) -> float:
        """The mean of a metric over operating points and inputs."""
        keys = [key for name in experiment.datasets for key in self.rates.points(name, codec)]
        found = [self.results.estimate(key, metric).mean for key in keys if self.results.has(key, metric)]
        return float(np.mean(found)) if found else float("nan")

    def changes(self, experiment: Experiment, reference: str, metric: str = PSNR) -> dict[str, Difference]:
        """The rate of every codec that has a common quality with `reference`, against it, in per cent."""
        found = {
            codec: self.rates.change(experiment.datasets, codec, reference, metric)
            for codec in experiment.codecs
            if codec != reference
        }
        return {codec: change for codec, change in found.items() if np.isfinite(change.absolute.mean)}

    def ranked(self, experiment: Experiment, metric: str = PSNR) -> list[str]:
        """The codecs that can be compared with the reference, the smallest files at equal quality first."""
        means = {codec: found.absolute.mean for codec, found in self._changes(experiment, metric).items()}
        return sorted({experiment.reference: 0.0, **means}, key=lambda codec: means.get(codec, 0.0))

    def _changes(self, experiment: Experiment, metric: str) -> dict[str, Difference]:
        return self.changes(experiment, experiment.reference, metric)


def setting(options: Any, name: str) -> float:
    """An option's value, however deep it stands; the first of a schedule, a bare number for any name, NaN without it."""
    if isinstance(options, int | float):
        return float(options)
    if isinstance(options, list | tuple):
        return setting(options[0], name)
    if not isinstance(options, Mapping):
        return float("nan")
    if name in options:
        return setting(options[name], name)
    nested = (setting(value, name) for value in options.values() if isinstance(value, Mapping))
    return next((value for value in nested if np.isfinite(value)), float("nan"))


def rate_verdicts(differences: Mapping[Any, Difference]) -> Verdicts:
    """The verdicts on changes of a rate, corrected for their number."""
    return judge(differences, lambda name: True)


def rate_text(found: Comparison | None) -> str:
    """The verdict and the change in per cent."""
    return f"{found.verdict}, {percent(found.difference.absolute)}" if found else ABSENT


def over_text(study: Study, experiment: Experiment) -> str:
    """Over what an experiment's intervals are."""
    count = len(experiment.datasets)
    return f"over {count} inputs" if count > 1 else f"over seeds on {experiment.datasets[0]}"


def input_table(study: Study) -> str:
    """What each input is."""
    facts = study.about["facts"]
    rows = [
        [
            name,
            facts[name]["title"],
            facts[name]["kind"],
            data_unit(facts[name]["units"]) or ABSENT,
            facts[name]["source"],
            " x ".join(map(str, facts[name]["shape"])),
            f"{pixels(study, name):,}",
        ]
        for name in study.results.datasets
    ]
    headers = ["Input", "Field", "Kind", "Unit", "Source", "Shape", "Pixels"]
    return table(headers, rows, left=5) if rows else ""


def codec_table(study: Study) -> str:
    """What each codec is."""
    run = {codec for experiment in study.experiments.values() for codec in experiment.codecs}
    rows = [
        [f"**{name}**", entry["description"], "trained on the field" if entry["learned"] else "standard"]
        for name, entry in study.about["codecs"].items()
        if name in run
    ]
    return table(["Codec", "Description", "Kind"], rows, left=3) if rows else ""


def quality_table(study: Study, experiment: Experiment) -> str:
    """Rate and every quality at each operating point, with intervals over inputs or seeds."""
    metrics = study.measured(experiment, SHOWN)
    rows = [
        [
            f"**{codec}**",
            point,
            *(
                _estimate_text(study.estimate(experiment.datasets, codec, point, metric), metric)
                for metric in metrics
            ),
            _inputs_text(study, experiment, codec, point),
        ]
        for codec in experiment.codecs
        for point in study.points(experiment, codec)
    ]
    headers = ["Codec", "Point", *(f"{_plain_heading(metric)} [95 %]" for metric in metrics), "Inputs"]
    return table(headers, rows, left=2)


def _plain_heading(metric: str) -> str:
    """Heading of a metric; sizes name their own unit."""
    return METRICS[metric].label if unit(metric) == "bytes" else heading(metric)


def _estimate_text(found: Estimate, metric: str) -> str:
    return number(found.mean, "bytes") if unit(metric) == "bytes" else mean_interval(found)


def _inputs_text(study: Study, experiment: Experiment, codec: str, point: str) -> str:
    known = [name for name in experiment.datasets if study.rates.has(Key(name, point, codec), RATE)]
    return f"{len(known)} of {len(experiment.datasets)}"


def rate_table(study: Study, experiment: Experiment, compared: Sequence[str] = COMPARED) -> str:
    """Rate at equal quality against the reference, verdicts corrected for all of the table; and what a file costs."""
    metrics = study.measured(experiment, compared)
    differences = {
        (codec, metric): change
        for metric in metrics
        for codec, change in study.changes(experiment, experiment.reference, metric).items()
    }
    found = rate_verdicts(differences)
    costs = study.measured(experiment, COSTS)
    order = study.ranked(experiment, compared[0])
    rest = [codec for codec in experiment.codecs if codec not in order]

    def change(codec: str, metric: str) -> str:
        return "the reference" if codec == experiment.reference else rate_text(found.get((codec, metric)))

    rows = [
        [
            f"**{codec}**",
            *(change(codec, metric) for metric in metrics),
            *(number(study.cost(experiment, codec, metric), unit(metric)) for metric in costs),
        ]
        for codec in (*order, *rest)
    ]
    headers = ["Codec", *(f"Rate at equal {QUALITIES[metric]} [95 %]" for metric in metrics)]
    return table([*headers, *map(_plain_heading, costs)], rows)


def ratio_table(study: Study, experiment: Experiment) -> str:
    """How many times smaller than Instant-NGP other codecs are at equal PSNR; empty without Instant-NGP."""
    references = experiment.uncompressed
    ratios = {
        codec: [ratio_text(study.rates.ratio(experiment.datasets, codec, name)) for name in references]
        for codec in experiment.codecs
        if codec not in references
    }
    rows = [[f"**{codec}**", *texts] for codec, texts in ratios.items() if set(texts) != {ABSENT}]
    headers = ["Codec", *(f"Smaller than {name} [95 %]" for name in references)]
    return table(headers, rows) if references and rows else ""


def published_table(study: Study) -> str:
    """PSNR by rate of published averages over the full Kodak images, not measured here; empty without any."""
    found = study.about.get("published", [])
    levels = {(row["codec"], row["bpp"]): f"{row['psnr_db']:.1f}" for row in found}
    rates = sorted({row["bpp"] for row in found})
    sources = {row["codec"]: row["source"] for row in found}
    rows = [
        [codec, source, *(levels.get((codec, rate), ABSENT) for rate in rates)]
        for codec, source in sources.items()
    ]
    headers = ["Codec", "Source", *(f"{rate:g} bit per pixel: PSNR (dB)" for rate in rates)]
    return table(headers, rows, left=2) if rows else ""


def swept(study: Study, experiment: Experiment, codec: str) -> list[str]:
    """What a sweep is judged by: PSNR, rate, and their weighted sum where all operating points weigh the rate alike."""
    weights = {
        study.rates.first(key, WEIGHT)
        for name in experiment.datasets
        for key in study.rates.points(name, codec)
    }
    return study.measured(experiment, (PSNR, RATE, COST) if len(weights) == 1 else (PSNR, RATE))


def sweep_table(study: Study, experiment: Experiment, codec: str) -> str:
    """Every operating point against the first, in the order of the option."""
    points = study.points(experiment, codec)
    metrics = swept(study, experiment, codec)
    values = {pair: study.rates.over(experiment.datasets, codec, *pair) for pair in product(points, metrics)}
    differences = {
        (point, metric): paired_difference(values[point, metric], values[points[0], metric])
        for point, metric in product(points[1:], metrics)
    }
    found = judge(differences, lambda pair: METRICS[pair[1]].lower_is_better)

    def cells(point: str, metric: str) -> list[str]:
        level = mean_interval(estimate(values[point, metric]))
        return [level, _change_text(found.get((point, metric)), metric)]

    rows = [
        [
            f"{study.option(experiment, codec, point):g}",
            point,
            *(text for metric in metrics for text in cells(point, metric)),
        ]
        for point in points
    ]
    change = "against the first [95 %]"
    headers = [experiment.option.replace("_", " "), "Point"]
    headers += [text for metric in metrics for text in (f"{heading(metric)} [95 %]", change)]
    return table(headers, rows, left=2)


def _change_text(found: Comparison | None, metric: str) -> str:
    if found is None:
        return ABSENT
    change = found.difference
    return (
        f"{found.verdict}, {gain_text(change.absolute) if unit(metric) == 'db' else percent(change.percent)}"
    )


def trend(
    study: Study, experiment: Experiment, codec: str, metric: str
) -> tuple[Difference, list[Comparison]]:
    """A metric at the largest value of the option minus that at the smallest, and the verdict on every step between."""
    points = study.points(experiment, codec)
    values = [study.rates.over(experiment.datasets, codec, point, metric) for point in points]
    found = judge(dict(enumerate(steps(values))), lambda step: METRICS[metric].lower_is_better)
    return paired_difference(values[-1], values[0]), list(found.values())


def consistency(found: Sequence[Comparison]) -> str:
    """What the verdicts on the steps of a sweep amount to."""
    words = [step.verdict for step in found]
    if len(set(words)) == 1:
        return f"{words[0]} at every step"
    if "worse" in words:
        return f"not consistent: worse at {words.count('worse')} of {len(words)} steps"
    return f"undecided: better at {words.count('better')} of {len(words)} steps"


def scaling_table(study: Study, experiment: Experiment) -> str:
    """Memory, times and quality by number of pixels."""
    metrics = study.measured(experiment, (*GROWTH, PSNR, RATE))
    rows = [
        [
            f"**{codec}**",
            point,
            name,
            f"{pixels(study, name):,}",
            *(_measured_text(study, Key(name, point, codec), metric) for metric in metrics),
        ]
        for codec, point, name in sizes(study, experiment)
    ]
    headers = ["Codec", "Point", "Input", "Pixels", *(heading(metric) for metric in metrics)]
    return table([header.replace(" (bytes)", "") for header in headers], rows, left=3)


def sizes(study: Study, experiment: Experiment) -> list[tuple[str, str, str]]:
    """Codec, operating point and input of every run, by number of pixels."""
    by_size = sorted(experiment.datasets, key=lambda name: pixels(study, name))
    return [
        (codec, point, name)
        for codec in experiment.codecs
        for point in study.points(experiment, codec)
        for name in by_size
        if study.rates.has(Key(name, point, codec), RATE)
    ]


def pixels(study: Study, dataset: str) -> int:
    """Spatial samples of an input, its frames included: what its files' bytes are divided by."""
    key = next(key for key in study.results.select(dataset) if study.rates.has(key, RATE))
    return round(8 * study.rates.first(key, "file_bytes") / study.rates.first(key, RATE))


def _measured_text(study: Study, key: Key, metric: str) -> str:
    found = study.results.estimate(key, metric)
    return number(found.mean, unit(metric))


def growth(study: Study, experiment: Experiment) -> dict[tuple[str, str], dict[str, Estimate]]:
    """The exponent by which each metric of GROWTH grows with the pixels, per codec and operating point."""
    found: dict[tuple[str, str], dict[str, Estimate]] = {}
    runs = sizes(study, experiment)
    for codec, point in dict.fromkeys((codec, point) for codec, point, _ in runs):
        names = [name for *own, name in runs if own == [codec, point]]
        for metric in GROWTH:
            known = [name for name in names if study.results.has(Key(name, point, codec), metric)]
            values = [study.mean([name], codec, point, metric) for name in known]
            if len(known) > 1:
                counts = [pixels(study, name) for name in known]
                found.setdefault((codec, point), {})[metric] = exponent(counts, values)
    return found


def exponent(sizes: Sequence[float], values: Sequence[float]) -> Estimate:
    """The power of the size that values grow with, by least squares of logarithms; interval by Student's t."""
    if len(set(sizes)) < 2 or min(values) <= 0:
        return Estimate(np.nan, np.nan, np.nan, np.nan, len(sizes))
    fit = stats.linregress(np.log(sizes), np.log(values))
    if len(sizes) == 2:
        return Estimate(float(fit.slope), np.nan, np.nan, np.nan, 2)
    half = stats.t.ppf(1 - LEVEL / 2, len(sizes) - 2) * fit.stderr
    return Estimate(
        float(fit.slope), float(fit.stderr), float(fit.slope - half), float(fit.slope + half), len(sizes)
    )


def growth_table(study: Study, experiment: Experiment) -> str:
    """The exponents of memory and times; empty with a single size."""
    found = growth(study, experiment)
    rows = [
        [f"**{codec}**", point, *(_exponent_text(exponents.get(metric)) for metric in GROWTH)]
        for (codec, point), exponents in found.items()
    ]
    headers = ["Codec", "Point", *(f"{METRICS[metric].label}: exponent [95 %]" for metric in GROWTH)]
    return table(headers, rows, left=2) if rows else ""


def _exponent_text(found: Estimate | None) -> str:
    if found is None or not np.isfinite(found.mean):
        return ABSENT
    return (
        f"{found.mean:.2f} [{found.low:.2f}, {found.high:.2f}]" if found.has_interval else f"{found.mean:.2f}"
    )


def bounded_table(study: Study, experiment: Experiment, dataset: str) -> str:
    """Size and errors of every codec at every bound on one input; the smallest file that keeps each bound is bold."""
    unit_text = data_unit(study.about["facts"][dataset]["units"])
    winners = smallest(study, experiment, dataset)
    keys = [key for codec in experiment.codecs for key in study.rates.points(dataset, codec)]
    keys = sorted(keys, key=lambda key: (key.regime, experiment.codecs.index(key.method)))

    def size(key: Key) -> str:
        text = byte_size(study.results.estimate(key, "file_bytes").mean)
        return f"**{text}**" if winners.get(key.regime) == key.method else text

    rows = [
        [
            study.bound_text(*_named(key)),
            key.method,
            size(key),
            *(_measured_text(study, key, metric) for metric in BOUNDED),
            "yes" if keeps(study, key) else "no",
        ]
        for key in keys
    ]
    headers = [f"Bound ({unit_text})" if unit_text else "Bound", "Codec", "File"]
    headers += [heading(metric, unit_text) for metric in BOUNDED]
    return table([*headers, "Kept"], rows, left=2) if rows else ""


def _named(key: Key) -> tuple[str, str, str]:
    """Input, codec and operating point."""
    return key.dataset, key.method, key.regime


def keeps(study: Study, key: Key) -> bool:
    """Whether every seed's error was measured and stays within the bound, where there is one."""
    if not study.rates.has(key, ERROR):
        return False
    bound = study.bound(*_named(key))
    return not np.isfinite(bound) or bool(np.max(study.rates.values(key, ERROR)) <= bound * (1 + SLACK))


def smallest(study: Study, experiment: Experiment, dataset: str) -> dict[str, str]:
    """Per operating point the codec with the smallest file among those that keep the bound."""
    found: dict[str, tuple[float, str]] = {}
    for codec in experiment.codecs:
        for key in study.rates.points(dataset, codec):
            if keeps(study, key):
                own = (study.results.estimate(key, RATE).mean, codec)
                found[key.regime] = min(found.get(key.regime, own), own)
    return {point: codec for point, (_, codec) in found.items()}


def breakdown_table(study: Study, experiment: Experiment) -> str:
    """What the bytes of learned codecs' files hold, means over inputs; empty without learned codecs."""
    rows = [
        [f"**{codec}**", point, *_parts_text(study, experiment, codec, point)]
        for codec in experiment.codecs
        if study.learned(codec)
        for point in study.points(experiment, codec)
        if np.isfinite(study.mean(experiment.datasets, codec, point, "latents_bytes"))
    ]
    headers = ["Codec", "Point", "File", *(METRICS[part].label for part in (*PARTS, "latents_bytes"))]
    return (
        table([*headers, "Of which the finest level", "File over the ideal size"], rows, left=2)
        if rows
        else ""
    )


def _parts_text(study: Study, experiment: Experiment, codec: str, point: str) -> list[str]:
    sizes = {
        metric: study.mean(experiment.datasets, codec, point, metric)
        for metric in ("file_bytes", *PARTS, "latents_bytes", "model_entropy_bytes", *LEVELS)
    }
    known = [sizes[level] for level in LEVELS if np.isfinite(sizes[level])]
    shares = [sizes[part] / sizes["file_bytes"] for part in (*PARTS, "latents_bytes")]
    shares.append(known[-1] / sizes["file_bytes"] if known else float("nan"))
    texts = [f"{100 * share:.1f} %" if np.isfinite(share) else ABSENT for share in shares]
    return [
        byte_size(sizes["file_bytes"]),
        *texts,
        factor(sizes["file_bytes"] / sizes["model_entropy_bytes"]),
    ]


def parts_of(study: Study, experiment: Experiment, codec: str, point: str) -> dict[str, float]:
    """Bits per pixel of every part of a file that is not empty, mean over inputs: PARTS, then levels from coarse to fine."""
    bits: dict[str, float] = {}
    for part in (*PARTS, *LEVELS):
        draws = [_bits(study, Key(name, point, codec), part) for name in experiment.datasets]
        known = [value for value in draws if np.isfinite(value)]
        if known and np.mean(known) > 0:
            bits[part] = float(np.mean(known))
    return bits


def _bits(study: Study, key: Key, part: str) -> float:
    return 8 * study.results.estimate(key, part).mean / pixels(study, key.dataset)


def signature_table(study: Study) -> str:
    """How many runs of each learned codec show a signature of failure that the document names; empty without runs."""
    results = study.results
    counts: dict[str, dict[str, list[float]]] = {}
    for key, metric in product(results.keys, SIGNATURES):
        if results.has(key, metric):
            values = np.atleast_1d(results.draws(key, metric))
            counts.setdefault(key.method, {}).setdefault(metric, []).extend(map(float, values))
    rows = [
        [f"**{codec}**", *(_count_text(found.get(metric, [])) for metric in SIGNATURES)]
        for codec, found in counts.items()
    ]
    headers = ["Codec", *(f"{text}: {cause}" for text, cause in SIGNATURES.values())]
    return table(headers, rows) if rows else ""


def _count_text(flags: Sequence[float]) -> str:
    return f"{sum(map(bool, flags))} of {len(flags)} runs" if flags else ABSENT
