"""Codecs at equal quality: who writes the smallest files, and how sure that is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fieldbench.compression.report.rates import PSNR, QUALITIES, RATE
from fieldbench.compression.report.results import Study
from fieldbench.record import unit
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import (
    ABSENT,
    LARGE,
    factor,
    interval,
    number,
    over_text,
    ratio_text,
    table,
    verdict_text,
)
from fieldbench.report.metrics import plain_heading
from fieldbench.report.statistics import Comparison, near
from fieldbench.report.tables import Key

KIND = "rate_distortion"
SHOWN = (RATE, PSNR, "ssim_score", "ms_ssim_score", "vmaf_score", "file_bytes")
COMPARED = (PSNR, "ssim_score", "ms_ssim_score", "vmaf_score")
PERCEIVED = ("ms_ssim_score", "vmaf_score")
COSTS = ("encode_seconds", "decode_seconds", "multiply_adds_count", "peak_memory_bytes", "parameter_count")
SECONDS = ("encode_seconds", "decode_seconds")
TRAININGS = {1: ", one training", 2: ", two trainings"}  # too few for an interval
STATED_RATIO = "4 to 9 times on images, 9 to 13 on video"  # the document's, against Instant-NGP


def section(study: Study, experiment: Experiment) -> dict[str, Any]:
    """What the page says of an experiment."""
    return {
        "experiment": experiment,
        "basis": basis(study, experiment, COMPARED),
        "rates": rate_table(study, experiment),
        "ratios": ratio_table(study, experiment),
        "qualities": quality_table(study, experiment),
    }


def basis(study: Study, experiment: Experiment, compared: Sequence[str] = COMPARED) -> str:
    """Over what the intervals of a table of rates are, and how many comparisons each column makes at once."""
    found = [
        change
        for metric in study.measured(experiment, compared)
        for change in study.changes(experiment, experiment.reference, metric).values()
    ]
    family = max((change.family for change in found if change.change.has_interval), default=0)
    over = drawn_over(study, experiment, found)
    return f"{over}, each column of rates a family of {family}" if family else over


def drawn_over(study: Study, experiment: Experiment, found: Iterable[Comparison]) -> str:
    """Over what intervals are, in words: inputs, trainings or both; or why there are none."""
    over = over_text(change.change for change in found)
    trainings = TRAININGS.get(study.trainings(experiment), "")
    if not over:
        return f"on {_inputs(experiment)}{trainings}: no interval, the values themselves"
    alone = experiment.data[0] if len(experiment.data) == 1 else "a single input"
    single = "" if "input" in over else f" on {alone}"
    return f"over {over}{single}{'' if 'seed' in over else trainings}"


def _inputs(experiment: Experiment) -> str:
    count = len(experiment.data)
    return experiment.data[0] if count == 1 else f"{count} inputs"


def answers(study: Study, experiment: Experiment) -> list[str]:
    """The codec to use and why; then how far behind the next, the best learned one and the document's are."""
    ranked = study.ranked(experiment)
    if len(ranked) < 2:
        text = f"**{experiment.title}**: no codec reaches a PSNR of {experiment.reference}, the reference."
        return [text] if len(experiment.methods) > 1 else []
    choice = choose(study, experiment)
    best, others = choice.best, choice.others
    learned = None if study.learned(best) else next(filter(study.learned, others), None)
    rivals = {
        "The next, ": others[0],
        "The best that is learned, ": learned,
        "": study.documented(experiment),
    }
    texts = [
        f"{label}{codec}: {rate_text(study, experiment, codec, best)}."
        for label, codec in _once(rivals)
        if codec in others
    ]
    return [" ".join([_choice_text(study, experiment, choice), *texts])]


@dataclass(frozen=True)
class Choice:
    """What to use in an experiment.

    Attributes:
        best: the codec with the smallest files at equal PSNR.
        others: the rest that can be compared, the smallest files first.
        close: those of them within the margin of the best.
        use: the quickest of the best and these.
    """

    best: str
    others: Sequence[str]
    close: Sequence[str]
    use: str


def choose(study: Study, experiment: Experiment) -> Choice:
    """The smallest files, and the quickest codec of those within the margin."""
    ranked = study.ranked(experiment)
    best = next(codec for codec in ranked if study.covers(experiment, codec))
    others = [codec for codec in ranked if codec != best]
    rivals = {codec: study.change(experiment.data, codec, best) for codec in others}
    close = near(
        {codec: change for codec, change in rivals.items() if change},
        study.about["margins"]["bytes_percent"],
    )
    close = [codec for codec in close if study.covers(experiment, codec)]
    return Choice(
        best, others, close, min([best, *close], key=lambda codec: _seconds(study, experiment, codec))
    )


def _choice_text(study: Study, experiment: Experiment, choice: Choice) -> str:
    """The smallest files, and the quickest codec of those within the margin."""
    margin = study.about["margins"]["bytes_percent"]
    best, close, use = choice.best, choice.close, choice.use
    text = f"**{experiment.title}: {best} writes the smallest files** at equal PSNR, on {_inputs(experiment)}"
    text += f"{cost_text(study, experiment, best)}."
    if not close:
        return f"{text} No other is within {margin:g} % of them."
    listed = ", ".join(close)
    if use == best:
        return f"{text} Within {margin:g} % of them: {listed}; {best} is the quickest of these."
    cost = cost_text(study, experiment, use)
    return f"{text} Within {margin:g} % of them: {listed}. **Use {use}**, the quickest of these{cost}."


def _seconds(study: Study, experiment: Experiment, codec: str) -> float:
    """What a file takes to write and to read; infinite where that is not known."""
    seconds = sum(study.cost(experiment, codec, metric) for metric in SECONDS)
    return seconds if np.isfinite(seconds) else np.inf


def _once(rivals: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Labels with codecs, each codec once."""
    seen: set[str] = set()
    for label, codec in rivals.items():
        if codec is not None and codec not in seen:
            seen.add(codec)
            yield label, codec


def cost_text(study: Study, experiment: Experiment, codec: str) -> str:
    """What a file takes to write and to read."""
    means = {metric.removesuffix("_seconds"): study.cost(experiment, codec, metric) for metric in SECONDS}
    texts = [f"{number(mean)} s to {word}" for word, mean in means.items() if np.isfinite(mean)]
    operations = study.cost(experiment, codec, "multiply_adds_count")
    if np.isfinite(operations):
        texts.append(f"{number(operations, 'count')} multiply-adds per pixel to decode")
    return f" ({', '.join(texts)})" if texts else ""


def against_uncompressed(study: Study) -> str:
    """How many times smaller the document's codec is than Instant-NGP, wherever both were run."""
    texts = [
        f"{experiment.title}: {times} smaller than {name}."
        for experiment in study.of_kind(KIND)
        if (codec := study.documented(experiment))
        for name in study.uncompressed(experiment)
        if (times := times_text(study, experiment, codec, name)) != ABSENT
    ]
    return f"**SHACIRA at equal PSNR** (stated: {STATED_RATIO}). {' '.join(texts)}" if texts else ""


def as_perceived(study: Study) -> str:
    """The document's codec against standard ones of video, at equal quality as it is perceived."""
    texts = [
        f"{experiment.title}, {QUALITIES[metric]} against {rival}: {text}."
        for experiment in study.of_kind(KIND)
        if (codec := study.documented(experiment))
        for rival in study.rivals(experiment)
        for metric in study.measured(experiment, PERCEIVED)
        if (text := rate_text(study, experiment, codec, rival, metric)) != ABSENT
    ]
    return f"**SHACIRA at equal quality as perceived** (rate). {' '.join(texts)}" if texts else ""


def rate_text(study: Study, experiment: Experiment, of: str, over: str, metric: str = PSNR) -> str:
    """The verdict and the change of the rate with its interval, without one the changes themselves; on how many inputs."""
    change = study.change(experiment.data, of, over, metric)
    if change is None:
        return ABSENT
    draws, _ = study.rates.draws(experiment.data, of, over, metric)
    known = change.change.has_interval
    text = verdict_text(change) if known else "; ".join(map(_change_text, draws))
    return text + _coverage(experiment, draws)


def _change_text(log_ratio: float) -> str:
    """In per cent, a large one as a multiple."""
    percent = 100 * np.expm1(log_ratio)
    return factor(np.exp(log_ratio)) if percent > LARGE else f"{percent:+.1f} %"


def _coverage(experiment: Experiment, draws: pd.Series) -> str:
    """How many of the inputs a comparison is on, where not on all."""
    count = len(draws.index.unique("input"))
    return f" ({count} of {len(experiment.data)} inputs)" if count < len(experiment.data) else ""


def times_text(study: Study, experiment: Experiment, of: str, over: str) -> str:
    """How many times smaller a codec is than another at equal PSNR, with the interval; without one the values themselves."""
    change = study.change(experiment.data, of, over)
    if change is None:
        return ABSENT
    draws, _ = study.rates.draws(experiment.data, of, over)
    known = change.change.has_interval
    text = ratio_text(change.times_smaller) if known else "; ".join(factor(np.exp(-each)) for each in draws)
    return text + _coverage(experiment, draws)


def rate_table(study: Study, experiment: Experiment, compared: Sequence[str] = COMPARED) -> str:
    """Rate at equal quality against the reference, a family for each column; and what a file costs."""
    reference = experiment.reference
    metrics, costs = (study.measured(experiment, names) for names in (compared, COSTS))

    def rate(codec: str, metric: str) -> str:
        return (
            "the reference" if codec == reference else rate_text(study, experiment, codec, reference, metric)
        )

    rows = [
        [
            f"**{codec}**",
            *(rate(codec, metric) for metric in metrics),
            *(number(study.cost(experiment, codec, metric), unit(metric)) for metric in costs),
        ]
        for codec in dict.fromkeys((*study.ranked(experiment, compared[0]), *experiment.methods))
    ]
    headers = ["Codec", *(f"Rate at equal {QUALITIES[metric]} [95 %]" for metric in metrics)]
    return table([*headers, *map(plain_heading, costs)], rows)


def ratio_table(study: Study, experiment: Experiment) -> str:
    """How many times smaller than Instant-NGP other codecs are at equal PSNR; empty without Instant-NGP."""
    references = study.uncompressed(experiment)
    ratios = {
        codec: [times_text(study, experiment, codec, name) for name in references]
        for codec in experiment.methods
        if codec not in references
    }
    rows = [[f"**{codec}**", *texts] for codec, texts in ratios.items() if set(texts) != {ABSENT}]
    headers = ["Codec", *(f"Smaller than {name} [95 %]" for name in references)]
    return table(headers, rows) if references and rows else ""


def quality_table(study: Study, experiment: Experiment) -> str:
    """Rate and every quality at each operating point, with intervals over inputs or seeds."""
    metrics = study.measured(experiment, SHOWN)
    rows = [
        [
            f"**{codec}**",
            point,
            *(
                interval(study.estimate(experiment, codec, point, metric), unit=unit(metric))
                for metric in metrics
            ),
            _inputs_text(study, experiment, codec, point),
        ]
        for codec in experiment.methods
        for point in study.points(experiment, codec)
    ]
    headers = ["Codec", "Point", *(f"{plain_heading(metric)} [95 %]" for metric in metrics), "Inputs"]
    return table(headers, rows, left=2)


def _inputs_text(study: Study, experiment: Experiment, codec: str, point: str) -> str:
    count = sum(study.rates.has(Key(name, point, codec), RATE) for name in experiment.data)
    return f"{count} of {len(experiment.data)}"


def published_table(study: Study) -> str:
    """PSNR by rate of published averages over the full Kodak images, not measured here; empty without any."""
    published = study.about.get("published", [])
    levels = {(row["codec"], row["bpp"]): f"{row['psnr_db']:.1f}" for row in published}
    rates = sorted({row["bpp"] for row in published})
    sources = {row["codec"]: row["source"] for row in published}
    rows = [
        [codec, source, *(levels.get((codec, rate), ABSENT) for rate in rates)]
        for codec, source in sources.items()
    ]
    headers = ["Codec", "Source", *(f"{rate:g} bit per pixel: PSNR (dB)" for rate in rates)]
    return table(headers, rows, left=2) if rows else ""
