"""Codecs at equal quality: who writes the smallest files, and how sure that is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fieldbench.compression.report.rates import PSNR, QUALITIES, RATE
from fieldbench.compression.report.results import Study
from fieldbench.record import unit
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, mean_interval, number, percent, ratio_text, table
from fieldbench.report.metrics import plain_heading
from fieldbench.report.statistics import Comparison, Difference, Estimate, judge
from fieldbench.report.tables import Key

KIND = "rate_distortion"
SHOWN = (RATE, PSNR, "ssim_score", "ms_ssim_score", "vmaf_score", "file_bytes")
COMPARED = (PSNR, "ssim_score", "ms_ssim_score", "vmaf_score")
PERCEIVED = ("ms_ssim_score", "vmaf_score")
COSTS = ("encode_seconds", "decode_seconds", "multiply_adds_count", "peak_memory_bytes", "parameter_count")
STATED_RATIO = "4 to 9 times on images, 9 to 13 on video"  # the document's, against Instant-NGP


def section(study: Study, experiment: Experiment) -> dict[str, Any]:
    """What the page says of an experiment."""
    return {
        "experiment": experiment,
        "over": study.drawn_over(experiment),
        "rates": rate_table(study, experiment),
        "ratios": ratio_table(study, experiment),
        "qualities": quality_table(study, experiment),
    }


def answers(study: Study, experiment: Experiment) -> list[str]:
    """The codec with the smallest files at equal PSNR, the next, the best learned one and the document's."""
    best, *others = study.ranked(experiment)
    if not others:
        text = f"**{experiment.title}**: no codec reaches a PSNR of {best}, the reference."
        return [text] if len(experiment.methods) > 1 else []
    against = rate_verdicts(study.changes(experiment, best))
    learned = None if study.learned(best) else next(filter(study.learned, others), None)
    rivals = {
        "the next, ": others[0],
        "the best that is learned, ": learned,
        "": study.documented(experiment),
    }
    texts = [
        f"{label}{codec}: {rate_text(against[codec])}" for label, codec in _once(rivals) if codec in against
    ]
    against_text = f" Against it, {'; '.join(texts)}." if texts else ""
    return [
        f"**{experiment.title}: {best} writes the smallest files** at equal PSNR, {study.drawn_over(experiment)}"
        f"{_cost_text(study, experiment, best)}.{against_text}"
    ]


def _once(rivals: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Labels with codecs, each codec once."""
    seen: set[str] = set()
    for label, codec in rivals.items():
        if codec is not None and codec not in seen:
            seen.add(codec)
            yield label, codec


def _cost_text(study: Study, experiment: Experiment, codec: str) -> str:
    """What a file takes to write and to read."""
    seconds = {"encode": "encode_seconds", "decode": "decode_seconds"}
    means = {word: study.cost(experiment, codec, metric) for word, metric in seconds.items()}
    texts = [f"{number(mean)} s to {word}" for word, mean in means.items() if np.isfinite(mean)]
    operations = study.cost(experiment, codec, "multiply_adds_count")
    if np.isfinite(operations):
        texts.append(f"{number(operations, 'count')} multiply-adds per pixel to decode")
    return f" ({', '.join(texts)})" if texts else ""


def against_uncompressed(study: Study) -> str:
    """How many times smaller the document's codec is than Instant-NGP, wherever both were run."""
    texts = []
    for experiment in study.of_kind(KIND):
        codec = study.documented(experiment)
        ratios = {
            name: ratio_text(study.rates.ratio(experiment.data, codec, name))
            for name in study.uncompressed(experiment)
            if codec
        }
        known = [f"{text} smaller than {name}" for name, text in ratios.items() if text != ABSENT]
        if known:
            texts.append(f"{experiment.title}: {', '.join(known)}")
    return f"**SHACIRA at equal PSNR** (stated: {STATED_RATIO}). {'; '.join(texts)}." if texts else ""


def as_perceived(study: Study) -> str:
    """The document's codec against standard ones of video, at equal quality as it is perceived."""
    changes = {
        (experiment.title, rival, metric): study.rates.change(experiment.data, codec, rival, metric)
        for experiment in study.of_kind(KIND)
        if (codec := study.documented(experiment))
        for rival in study.rivals(experiment)
        for metric in study.measured(experiment, PERCEIVED)
    }
    known = {where: change for where, change in changes.items() if np.isfinite(change.absolute.mean)}
    texts = [
        f"{title}, {QUALITIES[metric]} against {rival}: {rate_text(comparison)}"
        for (title, rival, metric), comparison in rate_verdicts(known).items()
    ]
    return f"**SHACIRA at equal quality as perceived** (rate). {'; '.join(texts)}." if texts else ""


def rate_verdicts(changes: Mapping[Any, Difference]) -> dict[Any, Comparison]:
    """The verdicts on changes of a rate, corrected for their number."""
    return judge(changes, lambda name: True)


def rate_text(comparison: Comparison | None) -> str:
    """The verdict and the change in per cent."""
    return f"{comparison.verdict}, {percent(comparison.difference.absolute)}" if comparison else ABSENT


def rate_table(study: Study, experiment: Experiment, compared: Sequence[str] = COMPARED) -> str:
    """Rate at equal quality against the reference, verdicts corrected for all of the table; and what a file costs."""
    reference = experiment.reference
    metrics, costs = (study.measured(experiment, names) for names in (compared, COSTS))
    verdicts = rate_verdicts(
        {
            (codec, metric): change
            for metric in metrics
            for codec, change in study.changes(experiment, reference, metric).items()
        }
    )
    ranked = study.ranked(experiment, compared[0])
    rows = [
        [
            f"**{codec}**",
            *(
                "the reference" if codec == reference else rate_text(verdicts.get((codec, metric)))
                for metric in metrics
            ),
            *(number(study.cost(experiment, codec, metric), unit(metric)) for metric in costs),
        ]
        for codec in dict.fromkeys((*ranked, *experiment.methods))
    ]
    headers = ["Codec", *(f"Rate at equal {QUALITIES[metric]} [95 %]" for metric in metrics)]
    return table([*headers, *map(plain_heading, costs)], rows)


def ratio_table(study: Study, experiment: Experiment) -> str:
    """How many times smaller than Instant-NGP other codecs are at equal PSNR; empty without Instant-NGP."""
    references = study.uncompressed(experiment)
    ratios = {
        codec: [ratio_text(study.rates.ratio(experiment.data, codec, name)) for name in references]
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
            *(_level_text(study.estimate(experiment, codec, point, metric), metric) for metric in metrics),
            _inputs_text(study, experiment, codec, point),
        ]
        for codec in experiment.methods
        for point in study.points(experiment, codec)
    ]
    headers = ["Codec", "Point", *(f"{plain_heading(metric)} [95 %]" for metric in metrics), "Inputs"]
    return table(headers, rows, left=2)


def _level_text(level: Estimate, metric: str) -> str:
    return number(level.mean, "bytes") if unit(metric) == "bytes" else mean_interval(level)


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
