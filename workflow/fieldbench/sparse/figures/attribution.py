"""What each factor is worth in dB, from the document's method with all fixes and up to everything right."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import BLUE, VERMILION, legend, name_rows, new_figure, nothing, styled
from fieldbench.sparse.figures._look import points
from fieldbench.sparse.report.attribution import Worth, worths
from fieldbench.sparse.report.families import LEFT_WRONG, PUT_RIGHT
from fieldbench.sparse.report.results import Study

CAPTION = (
    "What each factor is worth on {dataset}, in dB of mean PSNR: squares when it alone is put right in "
    "the document's method with all fixes, circles when it alone is left wrong in a method that is otherwise right. "
    "Bars: 95 % intervals for all of a panel at once."
)
ENDS = {  # offset of the points from their row, marker, colour, label
    PUT_RIGHT: (-0.13, "s", VERMILION, "put right alone, all else as in the document's fixed method"),
    LEFT_WRONG: (0.13, "o", BLUE, "left wrong alone, all else right"),
}


@styled
def draw(study: Study, task: str) -> Figure:
    """One panel per backbone, the largest factor on top; bars are 95 % intervals for all of a panel at once."""
    names = study.about["backbones"]
    shown = {name: factors for name in names if (factors := worths(study, task, name))} or {names[0]: []}
    figure = new_figure(0.34 * max(4, *map(len, shown.values())) + 1.3)
    panels = figure.subplots(1, len(shown), squeeze=False)[0]
    for axes, (name, factors) in zip(panels, shown.items(), strict=True):
        axes.set_title(f"{name} on {task}")
        if factors:
            _panel(axes, factors)
        else:
            nothing(axes, "no single factor was changed")
    legend(figure, list(panels))
    return figure


def _panel(axes: Axes, factors: Sequence[Worth]) -> None:
    axes.axvline(0, color="0.3", lw=1)
    for end, (offset, marker, colour, label) in ENDS.items():
        rows = [row for row, factor in enumerate(factors) if end in factor.gains]
        gains = [factors[row].gains[end].difference for row in rows]
        points(axes, gains, np.array(rows) + offset, marker, colour, label)
    name_rows(axes, [factor.name for factor in factors])
    axes.set_xlabel("gain in mean PSNR (dB)")
