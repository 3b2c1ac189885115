"""What each factor is worth in dB, from everything as the document has it and up to everything right."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import BLUE, VERMILION, legend, name_rows, new_figure, nothing, styled
from fieldbench.sparse.figures._look import points
from fieldbench.sparse.report.attribution import Worth, worths
from fieldbench.sparse.report.results import Run

CAPTION = (
    "What each factor is worth on {dataset}, in dB of mean PSNR: squares when it alone is put right in "
    "the document's method, circles when it alone is left wrong in a method that is otherwise right. "
    "Bars: 95 % intervals over test fields."
)
SIDES = {
    "from_original": ("s", VERMILION, "put right alone, all else as in the document"),
    "from_right": ("o", BLUE, "left wrong alone, all else right"),
}


@styled
def draw(run: Run, task: str) -> Figure:
    """One panel per backbone, the largest factor on top; bars are 95 % intervals over test fields."""
    run = run.on(task)
    names = run.config["backbones"]
    found = {name: worths(run.fields, run.config, run.task, name) for name in names}
    found = {name: factors for name, factors in found.items() if factors} or {names[0]: []}
    rows = max(map(len, found.values()))
    figure = new_figure(0.34 * max(4, rows) + 1.3)
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for axes, (name, factors) in zip(panels, found.items(), strict=True):
        axes.set_title(f"{name} on {run.task}")
        if factors:
            _panel(axes, factors)
        else:
            nothing(axes, "no single factor was changed")
    legend(figure, list(panels))
    return figure


def _panel(axes: Axes, factors: Sequence[Worth]) -> None:
    axes.axvline(0, color="0.3", lw=1)
    for offset, (side, (marker, colour, label)) in zip((-0.13, 0.13), SIDES.items(), strict=True):
        known = [(row, end) for row, factor in enumerate(factors) if (end := getattr(factor, side))]
        estimates = [end.difference.absolute for _, end in known]
        points(axes, estimates, np.array([row + offset for row, _ in known]), marker, colour, label)
    name_rows(axes, [factor.name for factor in factors])
    axes.set_xlabel("gain in mean PSNR (dB)")
