"""What the figures of the sparse area share: colours of groups, reference lines, points with intervals."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from fieldbench.figures._style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from fieldbench.report.statistics import Estimate
from fieldbench.sparse.report.results import Run

REFERENCES = {  # name in the group `limits`, colour, dashes
    "constant-mean": ("constant mean", "0.45", "--"),
    "independent-draw": ("independent draw", "0.45", ":"),
    "cramer-rao": ("Cramér-Rao limit", BLACK, "-."),
}
MARKS = (("o", BLUE), ("s", VERMILION), ("^", GREEN), ("D", ORANGE), ("v", PURPLE), ("P", SKY))
WORDS = {  # colour of each verdict
    "healthy": GREEN,
    "underfit": ORANGE,
    "clamped truth": PURPLE,
    "aliased coordinates": SKY,
    "query shift": BLUE,
}
BAD = VERMILION  # of the other verdicts: observations are not used


def reference_lines(run: Run, axes: Axes, task: str, names: Sequence[str] = tuple(REFERENCES)) -> None:
    """Vertical lines at the PSNR of blind guesses and of the limit, where they are known."""
    for name in names:
        label, colour, dashes = REFERENCES[name]
        level = run.line(name, task)
        if np.isfinite(level):
            axes.axvline(level, color=colour, ls=dashes, lw=1.3, label=label, zorder=1)


def points(
    axes: Axes, estimates: Sequence[Estimate], y: np.ndarray, marker: str, colour: str, label: str
) -> None:
    """Means at heights `y`, with their intervals where there are some."""
    means = np.array([estimate.mean for estimate in estimates])
    half = np.nan_to_num([estimate.high - estimate.mean for estimate in estimates])
    axes.errorbar(means, y, xerr=half, fmt=marker, color=colour, ms=5, capsize=2, lw=1.2, ls="", label=label)
