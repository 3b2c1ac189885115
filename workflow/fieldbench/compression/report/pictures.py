"""Every input, and what codecs make of it at about the same rate."""

from fieldbench.compression.figures.crops import View, nearest_in_rate
from fieldbench.compression.report.results import Study
from fieldbench.report.pictures import MOST, Gallery, coloured, photograph, scale

RATE = 0.5  # bits per pixel
INPUTS = 6  # that are shown


def galleries(study: Study) -> list[Gallery]:
    """A gallery for each of the first inputs that was decoded."""
    return [made for name in study.results.datasets[:INPUTS] if (made := _gallery(study, name))]


def _gallery(study: Study, dataset: str) -> Gallery | None:
    shown = list(nearest_in_rate(study, dataset, RATE).items())[: MOST - 1]
    if not shown:
        return None
    view = View(study, dataset)
    fields = {"truth": view.truth}
    for key, decoded in shown:
        fields[key.method] = view.of(decoded.values)
    draw = photograph if view.picture else lambda values: coloured(values[::-1], "viridis", view.norm)
    return Gallery(
        name=dataset,
        title=f"{dataset}, near {RATE:g} bit per pixel",
        pictures={label: draw(values) for label, values in fields.items()},
        shown=("truth", shown[0][0].method),
        scale=None if view.picture else scale("viridis", view.norm, view.unit),
    )
