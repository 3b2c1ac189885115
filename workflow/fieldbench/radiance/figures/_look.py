"""What the figures of the radiance area share: one look per method, panels per scene."""

from collections.abc import Iterable

from fieldbench.figures._style import CYCLE, DASHES
from fieldbench.radiance.report.results import Run
from fieldbench.radiance.report.tables import Experiment, Study
from fieldbench.report.tables import Key


def looks(study: Study, methods: Iterable[str]) -> dict[str, dict[str, object]]:
    """Options of `Axes.plot` for each method: colours in turn; methods that were given masks have hollow markers."""
    found = {}
    for place, method in enumerate(methods):
        turn, colour = divmod(place, len(CYCLE))
        face = "white" if study.masked(method) else CYCLE[colour]
        found[method] = {
            "color": CYCLE[colour],
            "ls": DASHES[turn % len(DASHES)],
            "markerfacecolor": face,
        }
    return found


def chosen(run: Run, experiment: str) -> Experiment | None:
    """An experiment, None where nothing of it was measured."""
    return run.study.experiments.get(experiment)


def scenes_of(run: Run, experiment: str, dataset: str | None) -> list[str]:
    """The scenes of an experiment that are shown: all, or one of them; none where nothing was measured."""
    found = chosen(run, experiment)
    return [scene for scene in found.scenes if dataset in (None, scene)] if found else []


def keys_of(run: Run, experiment: str, scene: str, methods: Iterable[str]) -> list[Key]:
    """The runs of an experiment on a scene, best PSNR first; of some methods in their order if they are named."""
    found = chosen(run, experiment)
    keys = run.study.ranked(found, scene) if found else []
    named = list(methods)
    if not named:
        return keys
    return sorted((key for key in keys if key.method in named), key=lambda key: named.index(key.method))
