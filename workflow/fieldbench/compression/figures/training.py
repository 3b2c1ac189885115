"""How trainings go: loss, PSNR and estimated rate by steps, and when annealing ends."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.compression.figures._look import RATE_LABEL, looks
from fieldbench.compression.report.results import Study, setting
from fieldbench.figures._style import legend, log_axis, new_figure, nothing, styled
from fieldbench.report.tables import Key

CAPTION = (
    "Trainings of the learned codecs of {dataset}: loss, PSNR and estimated rate by steps, medians of "
    "neighbouring steps, first seed. Dotted: where annealing ends."
)
QUANTITIES = {"loss": "loss", "psnr_db": "PSNR (dB)", "rate_bpp": RATE_LABEL}
BINS = 200  # of steps, whose median is drawn
PERIOD = "decay"  # option: share of the steps after which annealing has ended


@styled
def draw(
    study: Study,
    experiment: str,
    codecs: Sequence[str] = (),
    dataset: str | None = None,
    point: str | None = None,
) -> Figure:
    """Medians of neighbouring steps, first seed; dotted where a codec's annealing ends.

    Args:
        study: the area's results.
        experiment: whose learned codecs are shown.
        codecs: that are shown; all of the experiment where left out.
        dataset: the input; the experiment's first where left out.
        point: the operating point; the middle one of each codec where left out.
    """
    figure = new_figure(4.4)
    panels = figure.subplots(1, len(QUANTITIES))
    histories = _histories(study, experiment, codecs, dataset, point)
    if not histories:
        return nothing(panels, "no codec was trained")
    for axes, (quantity, label) in zip(panels, QUANTITIES.items(), strict=True):
        _panel(study, axes, histories, quantity)
        axes.set_ylabel(label)
    log_axis(panels[0], "y")
    legend(figure, panels[:1], across=4)
    return figure


def _histories(
    study: Study, experiment: str, codecs: Sequence[str], dataset: str | None, point: str | None
) -> dict[Key, xr.Dataset]:
    chosen = study.experiments.get(experiment)
    if chosen is None:
        return {}
    histories, dataset = {}, dataset or chosen.data[0]
    for codec in chosen.methods:
        keys = study.rates.points(dataset, codec)
        keys = [key for key in keys if key.regime == point] if point else keys[len(keys) // 2 :][:1]
        if (not codecs or codec in codecs) and keys and (history := study.history(keys[0])) is not None:
            histories[keys[0]] = history
    return histories


def _panel(study: Study, axes: Axes, histories: dict[Key, xr.Dataset], quantity: str) -> None:
    look = looks(study, (key.method for key in histories))
    for key, history in histories.items():
        if quantity not in history:
            continue
        steps, values = history["step"].values, history[quantity].values.astype(float)
        known = np.isfinite(values)
        parts = np.array_split(np.flatnonzero(known), min(BINS, max(1, known.sum())))
        centres = [np.median(steps[part]) for part in parts if len(part)]
        medians = [np.median(values[part]) for part in parts if len(part)]
        colour = look[key.method]["color"]
        axes.plot(centres, medians, color=colour, label=f"{key.method}, {key.regime} ({key.dataset})")
        end = _end_of_annealing(study, key) * steps[-1]
        if np.isfinite(end):
            axes.axvline(end, color=colour, ls=":", lw=1.2)
    axes.set_xlabel("step")


def _end_of_annealing(study: Study, key: Key) -> float:
    """Share of the steps; NaN for a codec without annealing."""
    entry = study.about["codecs"][key.method]
    of_point = setting(entry["points"].get(key.regime), PERIOD)
    return of_point if np.isfinite(of_point) else setting(entry.get("options"), PERIOD)
