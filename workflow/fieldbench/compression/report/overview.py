"""What was run: inputs and codecs."""

from fieldbench.compression.report.results import Study
from fieldbench.report.formatting import ABSENT, table
from fieldbench.report.metrics import data_unit


def input_table(study: Study) -> str:
    """What each input is."""
    rows = [
        [
            name,
            facts["title"],
            facts["kind"],
            data_unit(facts["units"]) or ABSENT,
            facts["source"],
            " x ".join(map(str, facts["shape"])),
            f"{study.pixels(name):,}",
        ]
        for name, facts in study.facts.items()
    ]
    headers = ["Input", "Field", "Kind", "Unit", "Source", "Shape", "Pixels"]
    return table(headers, rows, left=5) if rows else ""


def codec_table(study: Study) -> str:
    """What each codec is."""
    run = {codec for experiment in study.experiments.values() for codec in experiment.methods}
    rows = [
        [f"**{name}**", entry["description"], "trained on the field" if entry["learned"] else "standard"]
        for name, entry in study.about["codecs"].items()
        if name in run
    ]
    return table(["Codec", "Description", "Kind"], rows, left=3) if rows else ""
