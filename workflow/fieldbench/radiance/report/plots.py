"""PSNR against time and size of every experiment on every scene, and how it grows while methods are trained."""

from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.plots import Axis, Plot, against_costs, curve


def plots(study: Study) -> list[Plot]:
    """Of every experiment and scene."""
    made = []
    for experiment in study.experiments.values():
        for scene in experiment.data:
            keys = study.keys(experiment, scene)
            made += against_costs(study, scene, PSNR, keys=keys, label=lambda key: study.label(key.method))
            made += _curves(study, experiment, scene)
    return made


def _curves(study: Study, experiment: Experiment, scene: str) -> list[Plot]:
    rows = [
        row
        for key in study.keys(experiment, scene)
        for number, run in enumerate(study.histories(key))
        for row in curve(key.method, run["evaluated_seconds"].values, run["psnr_db"].values, training=number)
    ]
    title = f"{scene}, {experiment.title}: PSNR while training"
    axes = {"x": Axis("Training time (s)", log=True), "y": Axis("PSNR of views held out (dB)")}
    return [Plot(title, "A line for each training.", **axes, rows=rows, curves=True)] if rows else []
