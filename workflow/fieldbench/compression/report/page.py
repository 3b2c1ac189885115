"""The page on compression: which codec, how sure and at what cost first, then everything that rests on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fieldbench.compression.report import tables as parts
from fieldbench.compression.report.rates import COST, ERROR, PSNR, QUALITIES, RATE
from fieldbench.compression.report.results import Run
from fieldbench.compression.report.tables import Experiment, Study
from fieldbench.report import claims, templates
from fieldbench.report.formatting import ABSENT, byte_size, gain_text, number, percent, ratio_text
from fieldbench.report.metrics import METRICS, data_unit
from fieldbench.report.parts import failures
from fieldbench.report.tables import Key

PERCEIVED = ("ms_ssim_score", "vmaf_score")
STATED_RATIO = "4 to 9 times on images, 9 to 13 on video"  # the document's, against Instant-NGP


def page(run: Run, judged: pd.DataFrame) -> str:
    """The whole page, as markdown.

    Args:
        run: the area's results; `dataset` is an input, `regime` an operating point, `method` a codec.
        judged: the claims' verdicts.
    """
    study, about = run.study, run.about
    comparisons = study.of_kind("rate_distortion")
    return templates.render(
        "compression.md.j2",
        headlines=_headlines(study),
        seeds=about["seeds"],
        training=about["training"],
        environment=study.results.environment,
        inputs=parts.input_table(study),
        notes=_notes(study),
        codecs=parts.codec_table(study),
        comparisons=[_comparison(study, experiment) for experiment in comparisons],
        published=parts.published_table(study) if comparisons else "",
        sweeps=[_sweep(study, experiment) for experiment in study.of_kind("sweep")],
        scalings=[_scaling(study, experiment) for experiment in study.of_kind("scaling")],
        bounded=[_bounded(study, experiment) for experiment in study.of_kind("bounded")],
        breakdowns=_breakdowns(study, comparisons),
        signatures=parts.signature_table(study),
        figures=list(about["figures"]) if study.experiments else [],
        failures=failures(study.results),
        absent=study.results.absent,
        claims=claims.listings(judged),
    )


def headlines(run: Run) -> list[str]:
    """Which codec for each experiment, how sure that is and what it costs; then what the document's questions got."""
    return _headlines(run.study)


def _headlines(study: Study) -> list[str]:
    lines = [_answer(study, experiment) for experiment in study.of_kind("rate_distortion")]
    lines += [text for experiment in study.of_kind("bounded") for text in _bounded_answers(study, experiment)]
    lines += [_against_instant_ngp(study), _perceived(study)]
    lines += [text for experiment in study.of_kind("sweep") for text in _sweep_answers(study, experiment)]
    lines += [text for experiment in study.of_kind("scaling") for text in _growth_answers(study, experiment)]
    lines.append(_certainty(study))
    return [line for line in lines if line] or ["No file was written; the reasons are below."]


def _answer(study: Study, experiment: Experiment) -> str:
    """The codec with the smallest files at equal PSNR, the next, the best learned one and the document's."""
    best, *others = study.ranked(experiment)
    if not others:
        several = len(experiment.codecs) > 1
        return f"**{experiment.title}**: no codec reaches a PSNR of {best}, the reference." if several else ""
    against = parts.rate_verdicts(study.changes(experiment, best))
    rivals = {
        "the next, ": others[0],
        "the best that is learned, ": _first_learned(study, others, best),
        "": experiment.documented,
    }
    texts = [
        f"{label}{codec}: {parts.rate_text(against[codec])}"
        for label, codec in _once(rivals)
        if codec in against
    ]
    against_text = f" Against it, {'; '.join(texts)}." if texts else ""
    return (
        f"**{experiment.title}: {best} writes the smallest files** at equal PSNR, {parts.over_text(study, experiment)}"
        f"{_cost_text(study, experiment, best)}.{against_text}"
    )


def _first_learned(study: Study, others: Sequence[str], best: str) -> str | None:
    return None if study.learned(best) else next((codec for codec in others if study.learned(codec)), None)


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
    found = {word: study.cost(experiment, codec, metric) for word, metric in seconds.items()}
    texts = [f"{number(value)} s to {word}" for word, value in found.items() if np.isfinite(value)]
    operations = study.cost(experiment, codec, "multiply_adds_count")
    if np.isfinite(operations):
        texts.append(f"{number(operations, 'count')} multiply-adds per pixel to decode")
    return f" ({', '.join(texts)})" if texts else ""


def _against_instant_ngp(study: Study) -> str:
    """How many times smaller the document's codec is than Instant-NGP, wherever both were run."""
    texts = []
    for experiment in study.of_kind("rate_distortion"):
        if experiment.documented is None:
            continue
        ratios = {
            name: ratio_text(study.rates.ratio(experiment.datasets, experiment.documented, name))
            for name in experiment.uncompressed
        }
        known = [f"{text} smaller than {name}" for name, text in ratios.items() if text != ABSENT]
        if known:
            texts.append(f"{experiment.title}: {', '.join(known)}")
    return f"**SHACIRA at equal PSNR** (stated: {STATED_RATIO}). {'; '.join(texts)}." if texts else ""


def _perceived(study: Study) -> str:
    """The document's codec against standard ones of video, at equal quality as it is perceived."""
    differences = {
        (experiment.title, name, metric): study.rates.change(
            experiment.datasets, experiment.documented, name, metric
        )
        for experiment in study.of_kind("rate_distortion")
        for name in study.about["document"]["rivals"]
        if experiment.documented and name in experiment.codecs
        for metric in study.measured(experiment, PERCEIVED)
    }
    known = {where: found for where, found in differences.items() if np.isfinite(found.absolute.mean)}
    texts = [
        f"{title}, {QUALITIES[metric]} against {name}: {parts.rate_text(found)}"
        for (title, name, metric), found in parts.rate_verdicts(known).items()
    ]
    return f"**SHACIRA at equal quality as perceived** (rate). {'; '.join(texts)}." if texts else ""


def _sweep_answers(study: Study, experiment: Experiment) -> list[str]:
    return [
        f"**{experiment.title} ({codec})**: {text}"
        for codec in experiment.codecs
        if (text := sweep_text(study, experiment, codec))
    ]


def sweep_text(study: Study, experiment: Experiment, codec: str) -> str:
    """What the option does from its smallest value to its largest, and whether every step does the same."""
    points = study.points(experiment, codec)
    if len(points) < 2:
        return ""
    values = [study.option(experiment, codec, point) for point in points]
    texts = []
    for metric, label in ((PSNR, "PSNR"), (RATE, "rate"), (COST, "distortion and weighted rate")):
        if metric in parts.swept(study, experiment, codec):
            change, steps = parts.trend(study, experiment, codec, metric)
            decibels = f"{gain_text(change.absolute)} dB"
            size = percent(change.percent) if metric == RATE else decibels
            texts.append(f"{label} {size} ({parts.consistency(steps)})")
    name = experiment.option.replace("_", " ")
    return f"with {name} from {values[0]:g} to {values[-1]:g}, {'; '.join(texts)}."


def _growth_answers(study: Study, experiment: Experiment) -> list[str]:
    return [
        f"**{experiment.title} ({codec})**: {text}"
        for (codec, point), _ in parts.growth(study, experiment).items()
        if (text := _growth_text(study, experiment, codec, point))
    ]


def _growth_text(study: Study, experiment: Experiment, codec: str, point: str) -> str:
    """By which powers of the pixels memory and times grow, and what the largest input took."""
    exponents = parts.growth(study, experiment)[codec, point]
    texts = [
        f"{METRICS[metric].label.lower()} as pixels^{found.mean:.2f}"
        for metric, found in exponents.items()
        if np.isfinite(found.mean)
    ]
    runs = [name for own, at, name in parts.sizes(study, experiment) if (own, at) == (codec, point)]
    largest = runs[-1]
    memory, seconds = (
        study.results.estimate(Key(largest, point, codec), metric).mean
        for metric in ("peak_memory_bytes", "encode_seconds")
    )
    took = [byte_size(memory)] if np.isfinite(memory) else []
    took += [f"{number(seconds)} s to encode"] if np.isfinite(seconds) else []
    size = f"the largest, {largest} with {parts.pixels(study, largest):,} pixels, took {' and '.join(took)}"
    return f"{'; '.join(texts)}; {size}." if texts and took else ""


def _bounded_answers(study: Study, experiment: Experiment) -> list[str]:
    return [text for dataset in experiment.datasets if (text := bounded_text(study, experiment, dataset))]


def bounded_text(study: Study, experiment: Experiment, dataset: str) -> str:
    """Who writes the smallest file that keeps each bound on an input, and by how much it beats the next."""
    texts = []
    for point, codec in sorted(parts.smallest(study, experiment, dataset).items()):
        sizes = {
            other: study.results.estimate(Key(dataset, point, other), RATE).mean
            for other in experiment.codecs
            if study.rates.has(Key(dataset, point, other), RATE)
            and parts.keeps(study, Key(dataset, point, other))
        }
        second = min((other for other in sizes if other != codec), key=sizes.get, default=None)
        more = f", {100 * (1 - sizes[codec] / sizes[second]):.0f} % below {second}" if second else ""
        texts.append(f"at {study.bound_text(dataset, codec, point)} {codec}{more}")
    unit = data_unit(study.about["facts"][dataset]["units"])
    return (
        f"**Smallest file that keeps a bound on {dataset}** ({unit or 'no unit'}): {'; '.join(texts)}."
        if texts
        else ""
    )


def _certainty(study: Study) -> str:
    """Over what the intervals hold."""
    titles: dict[str, list[str]] = {}
    for experiment in (*study.of_kind("rate_distortion"), *study.of_kind("sweep")):
        titles.setdefault(parts.over_text(study, experiment), []).append(experiment.title)
    if not titles:
        return ""
    text = "; ".join(f"{over} for {', '.join(names)}" for over, names in titles.items())
    single = len(study.about["seeds"]) == 1
    note = " There was one seed: another training may differ by more than they say." if single else ""
    return f"**How sure**: 95 % intervals are {text}.{note}"


def _comparison(study: Study, experiment: Experiment) -> dict[str, Any]:
    return {
        "experiment": experiment,
        "over": parts.over_text(study, experiment),
        "rates": parts.rate_table(study, experiment),
        "ratios": parts.ratio_table(study, experiment),
        "qualities": parts.quality_table(study, experiment),
    }


def _sweep(study: Study, experiment: Experiment) -> dict[str, Any]:
    codecs = {codec: parts.sweep_table(study, experiment, codec) for codec in experiment.codecs}
    texts = {codec: sweep_text(study, experiment, codec) for codec in experiment.codecs}
    return {"experiment": experiment, "tables": codecs, "texts": texts}


def _scaling(study: Study, experiment: Experiment) -> dict[str, Any]:
    sizes, growth = parts.scaling_table(study, experiment), parts.growth_table(study, experiment)
    return {"experiment": experiment, "sizes": sizes, "growth": growth}


def _bounded(study: Study, experiment: Experiment) -> dict[str, Any]:
    tables = {dataset: parts.bounded_table(study, experiment, dataset) for dataset in experiment.datasets}
    texts = {dataset: bounded_text(study, experiment, dataset) for dataset in experiment.datasets}
    rates = parts.rate_table(study, experiment, (ERROR,))
    return {"experiment": experiment, "rates": rates, "tables": tables, "texts": texts}


def _breakdowns(study: Study, experiments: Sequence[Experiment]) -> dict[str, str]:
    found = {experiment.title: parts.breakdown_table(study, experiment) for experiment in experiments}
    return {title: text for title, text in found.items() if text}


def _notes(study: Study) -> list[str]:
    """What data sets say of themselves, once each."""
    facts = [study.about["facts"][name] for name in study.results.datasets]
    return list(dict.fromkeys(line for entry in facts for line in entry["notes"]))
