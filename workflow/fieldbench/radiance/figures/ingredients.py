"""What each ingredient brings, from leaving it out and from adding it."""

from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import (
    BLUE,
    ORANGE,
    legend,
    log_axis,
    name_rows,
    new_figure,
    nothing,
    reach,
    styled,
)
from fieldbench.radiance.figures._look import scenes_of
from fieldbench.radiance.report.ingredients import gain, saving
from fieldbench.radiance.report.results import SAVED, Pair, Study
from fieldbench.report.metrics import METRICS
from fieldbench.report.statistics import Estimate

CAPTION = (
    "What each ingredient of {dataset} brings: a system that has it against the same with it left out, "
    "and one with it added against the same that lacks it. PSNR gained, and how many times less a "
    "training step, a query and a ray take. Lines: 95 % intervals, those of a panel all at once."
)
SIDES = {
    "off": (-0.2, BLUE, "a system that has it, against it left out"),
    "on": (0.2, ORANGE, "it added, against a system that lacks it"),
}
HEIGHT = 0.36  # of a bar, in rows


@styled
def draw(study: Study, experiment: str, dataset: str | None = None) -> Figure:
    """Paired bars of the PSNR gained and of the times and queries saved; lines: 95 % intervals.

    Args:
        study: the area's results.
        experiment: with methods that are others `without` an ingredient, or others to which it `adds` one.
        dataset: the scene; the experiment's first where left out.
    """
    scene = next(iter(scenes_of(study, experiment, dataset)), None)
    pairs = study.ingredients(study.experiments[experiment], scene) if scene else {}
    figure = new_figure(0.5 * max(4, len(pairs)) + 1.6)
    panels = figure.subplots(1, 1 + len(SAVED), sharey=True)
    if not pairs:
        return nothing(panels, "no ingredient was switched")

    _panel(panels[0], pairs, lambda pair: gain(study, pair).difference, base=0.0)
    panels[0].set_xlabel("PSNR gained (dB)")
    for axes, metric in zip(panels[1:], SAVED, strict=True):
        _panel(axes, pairs, partial(saving, study, metric=metric), base=1.0)
        axes.set_xlabel(f"{METRICS[metric].label},\nsaved (times)")
    name_rows(panels[0], [name.replace("-", " ") for name in pairs])
    panels[0].set_title(scene)
    legend(figure, list(panels))
    return figure


def _panel(
    axes: Axes, pairs: dict[str, dict[str, Pair]], measure: Callable[[Pair], Estimate], base: float
) -> None:
    """Bars from `base`, which is no effect: 0 for differences, 1 for ratios, whose axis is logarithmic."""
    axes.axvline(base, color="0.3", lw=1)
    for side, (offset, colour, label) in SIDES.items():
        effects = {row: measure(sides[side]) for row, sides in enumerate(pairs.values()) if side in sides}
        known = {row: effect for row, effect in effects.items() if np.isfinite(effect.mean)}
        if known:
            rows = [row + offset for row in known]
            means = np.array([effect.mean for effect in known.values()])
            axes.barh(rows, means - base, left=base, height=HEIGHT, color=colour, label=label)
            axes.errorbar(
                means, rows, xerr=reach(list(known.values())), fmt="none", ecolor="0.15", capsize=2, lw=1
            )
    if base:
        log_axis(axes, "x")
