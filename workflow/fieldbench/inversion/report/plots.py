"""Misfit against time and size, and how the loss falls, of every data set."""

import numpy as np

from fieldbench.inversion.report.choice import COMPONENTS
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import Study
from fieldbench.report.formatting import method_name
from fieldbench.report.plots import Axis, Plot, against_costs, curve

PHASES = {"b_los": "B_los", "b_qu": "B_Q, B_U"}


def plots(study: Study) -> list[Plot]:
    """Of every data set, for both components."""
    made = []
    for dataset in study.results.datasets:
        own = study.on(dataset)
        for component in COMPONENTS.values():
            made += against_costs(own, dataset, component.misfit, label=lambda key: place(study, key))
        made += [plot for regime in own.compared(dataset) for plot in _curves(own, regime)]
    return made


def _curves(study: Study, regime: str) -> list[Plot]:
    """The excess of the loss over its floor in each phase, the median over seeds."""
    keys = [key for key in study.rows(study.dataset, regime) if study.results.trained(key)]
    histories = {key: [study.history(key, seed) for seed in study.seeds(key)] for key in keys}
    made = [
        Plot(
            title=f"{study.dataset}, {regime}: excess of the loss over its floor, {label}",
            caption="Medians over seeds.",
            x=Axis("Epoch of the phase"),
            y=Axis("Excess (I_c²)", log=True),
            rows=[row for key, runs in histories.items() if runs for row in _rows(key.method, runs, phase)],
            curves=True,
        )
        for phase, label in PHASES.items()
    ]
    return [plot for plot in made if plot.rows]


def _rows(method: str, runs: list, phase: str) -> list[dict]:
    """Rounding can put an excess at or below zero, which has no logarithm: a gap."""
    excess = np.median([run["excess"].sel(phase=phase).values for run in runs], axis=0)
    return curve(method_name(method), np.arange(1.0, len(excess) + 1), np.where(excess > 0, excess, np.nan))
