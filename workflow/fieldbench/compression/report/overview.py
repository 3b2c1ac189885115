"""What was run: inputs and codecs."""

from collections.abc import Callable

from fieldbench.compression.report.results import Study
from fieldbench.report.formatting import ABSENT, table
from fieldbench.report.metrics import data_unit
from fieldbench.report.parts import key_table


def input_table(study: Study) -> str:
    """What each input is."""
    facts = study.facts
    columns: dict[str, Callable[[str], str]] = {
        "Input": str,
        "Field": lambda name: facts[name]["title"],
        "Kind": lambda name: facts[name]["kind"],
        "Unit": lambda name: data_unit(facts[name]["units"]) or ABSENT,
        "Source": lambda name: facts[name]["source"],
        "Shape": lambda name: " x ".join(map(str, facts[name]["shape"])),
        "Pixels": lambda name: f"{study.pixels(name):,}",
    }
    return key_table(facts, columns, left=5)


def codec_table(study: Study) -> str:
    """What each codec is."""
    run = {codec for experiment in study.experiments.values() for codec in experiment.methods}
    rows = [
        [f"**{name}**", entry["description"], "trained on the field" if entry["learned"] else "standard"]
        for name, entry in study.about["codecs"].items()
        if name in run
    ]
    return table(["Codec", "Description", "Kind"], rows, left=3) if rows else ""
