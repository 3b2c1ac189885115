"""Quality over training time."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import legend, log_axis, new_figure, nothing, reach, styled
from fieldbench.radiance.figures._look import Look, keys_of, looks, scenes_of
from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.results import Study
from fieldbench.report.tables import Key

CAPTION = (
    "PSNR of {dataset} over training time, whose clock stops while it is evaluated. Lines: some pixels of "
    "views held out from the training, one line per seed. Markers: whole test views at the end, with 95 % "
    "intervals; hollow for methods that were given masks. Dashed: an all-white view. Dotted: the "
    "qualities whose times the page compares."
)


@styled
def draw(study: Study, experiment: str, dataset: str | None = None, methods: Sequence[str] = ()) -> Figure:
    """One panel per scene; a line per seed, of held-out views on the way; a marker: test views at the end, all seeds.

    Args:
        study: the area's results.
        experiment: whose methods are shown.
        dataset: a scene; all of the experiment where left out.
        methods: that are shown; all where left out.
    """
    scenes = scenes_of(study, experiment, dataset)
    figure = new_figure(5.2)
    panels = figure.subplots(1, max(1, len(scenes)), squeeze=False)[0]
    if not scenes:
        return nothing(panels[0], "no scene was learned")
    keys = {scene: keys_of(study, experiment, scene, methods) for scene in scenes}
    shown = {key.method for every in keys.values() for key in every}
    look = looks(study, [name for name in study.about["methods"] if name in shown])
    for axes, scene in zip(panels, scenes, strict=True):
        axes.set_title(scene)
        _panel(study, axes, keys[scene], look)
        for goal in study.training(study.experiments[experiment])["goals_db"]:
            axes.axhline(goal, color="0.6", ls=":", lw=0.8, zorder=0)
        white = study.white(scene, PSNR)
        if np.isfinite(white):
            axes.axhline(white, color="0.45", ls="--", lw=1.2, label="all-white view")
    legend(figure, list(panels))
    return figure


def _panel(study: Study, axes: Axes, keys: Sequence[Key], look: dict[str, Look]) -> None:
    for key in keys:
        style = look[key.method]
        label = study.label(key.method)
        for history in study.histories(key):
            axes.plot(history["evaluated_seconds"], history["psnr_db"], lw=1.1, alpha=0.8, **style)
        seconds, level = (study.results.estimate(key, metric) for metric in ("train_seconds", PSNR))
        if np.isfinite(seconds.mean):
            at = seconds.mean, level.mean, reach([level])
            mark: Look = {**style, "ls": ""}
            axes.errorbar(*at, marker="o", ms=6, capsize=3, label=label, **mark)
    log_axis(axes, "x")
    axes.set_xlabel("training time (s)")
    axes.set_ylabel("PSNR (dB); lines: held-out views, markers: test views")
