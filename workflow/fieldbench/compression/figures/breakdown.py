"""Where the bytes of learned codecs' files go: headers, networks, masks, corrections, and latents by level."""

from dataclasses import replace

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from fieldbench.compression.figures._look import RATE_LABEL
from fieldbench.compression.report.breakdown import PARTS, parts_of
from fieldbench.compression.report.metrics import LEVELS
from fieldbench.compression.report.results import Study
from fieldbench.figures._style import BLACK, ORANGE, PURPLE, VERMILION, name_rows, new_figure, nothing, styled
from fieldbench.report.experiments import Experiment

CAPTION = (
    "Where the bytes of learned codecs' files go on {dataset}, in bits per pixel and as shares of the "
    "file: header, networks, mask, correction, and latents by level of resolution from coarse (dark) to "
    "fine (light)."
)
COLOURS = dict(zip(PARTS, (BLACK, ORANGE, PURPLE, VERMILION), strict=True))
LABELS = {part: part.removesuffix("_bytes") for part in PARTS}


@styled
def draw(study: Study, experiment: str, dataset: str | None = None) -> Figure:
    """One bar per codec and operating point: on the left bits per pixel, on the right shares; levels from dark to light.

    Args:
        study: the area's results.
        experiment: that is shown.
        dataset: the only input that is shown; means over all where left out.
    """
    chosen = study.experiments.get(experiment)
    if chosen and dataset:
        chosen = replace(chosen, data=(dataset,))
    bars = _bars(study, chosen) if chosen else {}
    figure = new_figure(0.28 * max(4, len(bars)) + 1.6)
    panels = figure.subplots(1, 2, sharey=True)
    if not bars:
        return nothing(panels, "no file of a learned codec was written")
    for axes, share in zip(panels, (False, True), strict=True):
        _panel(axes, list(bars.values()), share)
        axes.set_xlabel("share of the file (%)" if share else RATE_LABEL)
    name_rows(panels[0], list(bars))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(8, len(labels)))
    return figure


def _bars(study: Study, experiment: Experiment) -> dict[str, dict[str, float]]:
    """Bits per pixel by part, for every learned codec's operating points that tell their parts."""
    bars = {
        f"{codec}, {point}": parts_of(study, experiment, codec, point)
        for codec in filter(study.learned, experiment.methods)
        for point in study.points(experiment, codec)
    }
    return {name: parts for name, parts in bars.items() if parts}


def _panel(axes: Axes, bars: list[dict[str, float]], share: bool) -> None:
    used = [part for part in (*PARTS, *LEVELS) if any(part in bar for bar in bars)]
    levels = [part for part in used if part in LEVELS]
    totals = np.array([sum(bar.values()) for bar in bars])
    left = np.zeros(len(bars))
    for part in used:
        widths = np.array([bar.get(part, 0.0) for bar in bars]) * (100 / totals if share else 1)
        axes.barh(
            range(len(bars)), widths, left=left, color=_colour(part, levels), label=_label(part, levels)
        )
        left += widths


def _colour(part: str, levels: list[str]) -> str:
    """Levels of resolution run through a colour map that is also ordered in grey."""
    if part in COLOURS:
        return COLOURS[part]
    place = levels.index(part) / max(1, len(levels) - 1)
    return to_hex(matplotlib.colormaps["cividis"](0.1 + 0.9 * place))


def _label(part: str, levels: list[str]) -> str | None:
    """A name for every part and for the first and last level."""
    if part in LABELS:
        return LABELS[part]
    ends = {levels[0]: "coarsest level", levels[-1]: "finest level"}
    return ends.get(part)
