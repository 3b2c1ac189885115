"""What each ingredient brings, from leaving it out and from adding it."""

from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import BLUE, ORANGE, legend, log_axis, name_rows, new_figure, nothing, styled
from fieldbench.radiance.figures._look import chosen, scenes_of
from fieldbench.radiance.report.comparison import psnr_difference
from fieldbench.radiance.report.results import Run
from fieldbench.radiance.report.tables import SAVED, Pair, saving
from fieldbench.report.metrics import METRICS
from fieldbench.report.statistics import Estimate

CAPTION = (
    "What each ingredient of {dataset} brings: a system that has it against the same with it left out, "
    "and one with it added against the same that lacks it. PSNR gained, and how many times less a "
    "training step, a query and a ray take. Lines: 95 % intervals."
)
SIDES = {
    "off": (-0.2, BLUE, "a system that has it, against it left out"),
    "on": (0.2, ORANGE, "it added, against a system that lacks it"),
}
HEIGHT = 0.36  # of a bar, in rows


@styled
def draw(run: Run, experiment: str, dataset: str | None = None) -> Figure:
    """Paired bars of the PSNR gained and of the times and queries saved; lines: 95 % intervals.

    Args:
        run: the area's results.
        experiment: with methods that are others `without` an ingredient, or others to which it `adds` one.
        dataset: the scene; the experiment's first where left out.
    """
    scene = next(iter(scenes_of(run, experiment, dataset)), None)
    found = run.study.ingredients(chosen(run, experiment), scene) if scene else {}
    figure = new_figure(0.5 * max(4, len(found)) + 1.6)
    panels = figure.subplots(1, 1 + len(SAVED), sharey=True)
    if not found:
        for axes in panels:
            nothing(axes, "no ingredient was switched")
        return figure

    def gained(pair: Pair) -> Estimate:
        return psnr_difference(run.results, run.study.views, pair.having, pair.lacking).absolute

    _panel(panels[0], found, gained, base=0.0)
    panels[0].set_xlabel("PSNR gained (dB)")
    for axes, metric in zip(panels[1:], SAVED, strict=True):
        _panel(axes, found, partial(saving, run.study, metric=metric), base=1.0)
        axes.set_xlabel(f"{METRICS[metric].label},\nsaved (times)")
    name_rows(panels[0], [name.replace("-", " ") for name in found])
    panels[0].set_title(scene)
    legend(figure, list(panels))
    return figure


def _panel(
    axes: Axes, found: dict[str, dict[str, Pair]], measure: Callable[[Pair], Estimate], base: float
) -> None:
    """Bars from `base`, which is no effect: 0 for differences, 1 for ratios, whose axis is logarithmic."""
    axes.axvline(base, color="0.3", lw=1)
    for side, (offset, colour, label) in SIDES.items():
        estimates = {row: measure(sides[side]) for row, sides in enumerate(found.values()) if side in sides}
        known = {row: one for row, one in estimates.items() if np.isfinite(one.mean)}
        rows = [row + offset for row in known]
        means = np.array([one.mean for one in known.values()])
        ends = [np.nan_to_num([mean - one.low, one.high - mean])
                for mean, one in zip(means, known.values(), strict=True)]  # fmt: skip
        if rows:
            bars = {"left": base, "height": HEIGHT, "color": colour, "label": label}
            axes.barh(rows, means - base, **bars)
            axes.errorbar(means, rows, xerr=np.transpose(ends), fmt="none", ecolor="0.15", capsize=2, lw=1)
    if base:
        log_axis(axes, "x")
