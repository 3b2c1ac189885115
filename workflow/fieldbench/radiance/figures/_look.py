"""What the figures of the radiance area share: one look per method, panels per scene."""

from collections.abc import Iterable
from typing import TypedDict

from fieldbench.figures._style import CYCLE, DASHES
from fieldbench.radiance.report.results import Study
from fieldbench.report.tables import Key


class Look(TypedDict):
    """Options of `Axes.plot`."""

    color: str
    ls: str
    markerfacecolor: str


def looks(study: Study, methods: Iterable[str]) -> dict[str, Look]:
    """Options of `Axes.plot` for each method: colours in turn; methods that were given masks have hollow markers."""
    look_of: dict[str, Look] = {}
    for place, method in enumerate(methods):
        turn, colour = divmod(place, len(CYCLE))
        look_of[method] = {
            "color": CYCLE[colour],
            "ls": DASHES[turn % len(DASHES)],
            "markerfacecolor": "white" if study.masked(method) else CYCLE[colour],
        }
    return look_of


def scenes_of(study: Study, experiment: str, dataset: str | None) -> list[str]:
    """The scenes of an experiment that are shown: all, or one of them; none where nothing was measured."""
    chosen = study.experiments.get(experiment)
    return [scene for scene in chosen.data if dataset in (None, scene)] if chosen else []


def keys_of(study: Study, experiment: str, scene: str, methods: Iterable[str]) -> list[Key]:
    """The runs of an experiment on a scene, best PSNR first; of some methods in their order if they are named."""
    chosen = study.experiments.get(experiment)
    keys = study.ranked(chosen, scene) if chosen else []
    named = list(methods)
    if not named:
        return keys
    return sorted((key for key in keys if key.method in named), key=lambda key: named.index(key.method))
