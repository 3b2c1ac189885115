"""A test view of every scene: the truth, and what methods render."""

from fieldbench.radiance.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.pictures import MOST, Gallery, photograph

VIEW = 0  # of the test views
WHITE = 255


def galleries(study: Study) -> list[Gallery]:
    """A gallery for each experiment and scene of which a view was rendered."""
    pairs = [(experiment, scene) for experiment in study.experiments.values() for scene in experiment.data]
    return [made for pair in pairs if (made := _gallery(study, *pair))]


def _gallery(study: Study, experiment: Experiment, scene: str) -> Gallery | None:
    keys = study.ranked(experiment, scene)[: MOST - 1]
    rendered = {key: views.isel(view=VIEW) for key in keys if (views := study.rendered(key)) is not None}
    if not rendered:
        return None
    shown = {"truth": next(iter(rendered.values())).truth}
    shown |= {study.label(key.method): view.rendered for key, view in rendered.items()}
    return Gallery(
        name=f"{scene}-{experiment.name}",
        title=f"{scene}, {experiment.title}: a test view",
        pictures={
            label: photograph(view.transpose("y", "x", "channel").values / WHITE)
            for label, view in shown.items()
        },
        shown=("truth", study.label(next(iter(rendered)).method)),
    )
