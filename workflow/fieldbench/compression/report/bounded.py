"""Files that keep a bound on the error: who writes the smallest."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from fieldbench.compression.report.comparisons import SECONDS, basis, rate_table
from fieldbench.compression.report.rates import ERROR, RATE
from fieldbench.compression.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import byte_size
from fieldbench.report.metrics import data_unit, heading
from fieldbench.report.parts import key_table, mean_cell, metric_columns
from fieldbench.report.tables import Key

KIND = "bounded"
SHOWN = (RATE, ERROR, "rmse_data", "spectrum_error_db", "encode_seconds", "decode_seconds")
SLACK = 1e-6  # relative; of a bound that a file keeps


def section(study: Study, experiment: Experiment) -> dict[str, Any]:
    """What the page says of an experiment."""
    return {
        "experiment": experiment,
        "basis": basis(study, experiment, (ERROR,)),
        "rates": rate_table(study, experiment, (ERROR,)),
        "tables": {dataset: bounded_table(study, experiment, dataset) for dataset in experiment.data},
        "texts": {dataset: bounded_text(study, experiment, dataset) for dataset in experiment.data},
    }


def answers(study: Study, experiment: Experiment) -> list[str]:
    """Who writes the smallest files, input by input."""
    texts = [bounded_text(study, experiment, dataset) for dataset in experiment.data]
    return [text for text in texts if text]


def unit_text(study: Study, dataset: str) -> str:
    """The unit of an input's errors; empty for a pure number."""
    return data_unit(study.facts[dataset]["units"])


def bound_text(study: Study, key: Key) -> str:
    """The bound, or the operating point's name where it has none."""
    bound = study.bound(key)
    return f"{bound:.3g}" if np.isfinite(bound) else key.regime


def keeps(study: Study, key: Key) -> bool:
    """Whether every seed's error was measured and stays within the bound, where there is one."""
    if not study.rates.has(key, ERROR):
        return False
    bound = study.bound(key)
    return not np.isfinite(bound) or bool(np.max(study.rates.values(key, ERROR)) <= bound * (1 + SLACK))


def keeping(study: Study, experiment: Experiment, dataset: str) -> dict[str, list[Key]]:
    """Per operating point the files that keep the bound, the smallest first."""
    keys = [key for codec in experiment.methods for key in study.rates.points(dataset, codec)]
    kept: dict[str, list[Key]] = {}
    for key in sorted(keys, key=lambda key: (study.results.estimate(key, RATE).mean, key.method)):
        if keeps(study, key):
            kept.setdefault(key.regime, []).append(key)
    return kept


def bounded_text(study: Study, experiment: Experiment, dataset: str) -> str:
    """Who writes the smallest file that keeps each bound on an input, by how much it beats the next, and who is as good."""
    texts = [
        f"at {bound_text(study, keys[0])} {_smallest_text(study, keys)}"
        for _, keys in sorted(keeping(study, experiment, dataset).items())
    ]
    lead = f"**Smallest file that keeps a bound on {dataset}** ({unit_text(study, dataset) or 'no unit'})"
    said = " ".join(filter(None, [f"{lead}: {'; '.join(texts)}.", trained_text(study, experiment, dataset)]))
    return said if texts else ""


def trained_text(study: Study, experiment: Experiment, dataset: str) -> str:
    """Whether a codec that is trained on the input is worth it: how its smallest files compare with the others' smallest."""
    worth, more = [], []
    for keys in keeping(study, experiment, dataset).values():
        trained = [key for key in keys if study.learned(key.method)]
        others = [key for key in keys if not study.learned(key.method)]
        if trained and others:
            one, other = (study.results.estimate(key, RATE).mean for key in (trained[0], others[0]))
            more.append(100 * (one / other - 1))
            worth += [bound_text(study, keys[0])] * (one < other)
    if not more:
        return ""
    if worth:
        return f"A trained codec is worth its training at {', '.join(worth)}."
    return f"No trained codec is recommended: their smallest files are {min(more):.0f} to {max(more):.0f} % larger."


def _smallest_text(study: Study, keys: list[Key]) -> str:
    """The first of some files by size, and the quickest of those within the margin."""
    smallest, *others = keys
    rates = {key: study.results.estimate(key, RATE).mean for key in keys}
    behind = {key: 100 * (rates[key] / rates[smallest] - 1) for key in others}
    if not behind:
        return smallest.method
    text = (
        f"{smallest.method}, {100 * (1 - rates[smallest] / rates[others[0]]):.0f} % below {others[0].method}"
    )
    margin = study.about["margins"]["bytes_percent"]
    close = [key for key in others if behind[key] <= margin]
    if not close:
        return text
    use = min([smallest, *close], key=partial(_seconds, study))
    return f"{text} (within {margin:g} %: {', '.join(key.method for key in close)}; the quickest is {use.method})"


def _seconds(study: Study, key: Key) -> float:
    """What a file takes to write and to read; infinite where that is not known."""
    seconds = sum(study.results.estimate(key, metric).mean for metric in SECONDS)
    return seconds if np.isfinite(seconds) else np.inf


def bounded_table(study: Study, experiment: Experiment, dataset: str) -> str:
    """Size and errors of every codec at every bound on one input; the smallest file that keeps each bound is bold."""
    smallest = [keys[0] for keys in keeping(study, experiment, dataset).values()]
    keys = [key for codec in experiment.methods for key in study.rates.points(dataset, codec)]

    def size(key: Key) -> str:
        text = byte_size(study.results.estimate(key, "file_bytes").mean)
        return f"**{text}**" if key in smallest else text

    units = unit_text(study, dataset)
    columns: dict[str, Callable[[Key], str]] = {
        f"Bound ({units})" if units else "Bound": partial(bound_text, study),
        "Codec": lambda key: key.method,
        "File": size,
        **metric_columns(study.results, SHOWN, partial(heading, of_data=units), mean_cell),
        "Kept": lambda key: "yes" if keeps(study, key) else "no",
    }
    return key_table(sorted(keys, key=lambda key: key.regime), columns, left=2)
