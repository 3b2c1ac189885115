"""The small study that learns one scene."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldbench import delivery, studies
from fieldbench.datasets.scene_transforms import Survey

METHODS = ("hash", "voxel")
KEYS = "Every key is described in docs/configuration.md of fieldbench."
BEHIND = 4  # cubes along a side, where pictures show what lies behind the one that the cameras look at
HELD_OUT = 3  # training views that tell the quality on the way, fewer where there are few
VIEWS_EACH = 8  # training views for each of these
TABLE = 2**17  # rows of a level
# Where there is something behind: steps that grow with the distance, and thin surfaces, behind which rays end.
BEYOND = {"longest_step": 0.2, "cone_angle": 1 / 256, "distortion": 0.01}
FINEST = 512  # lattice points along the cube that the cameras look at


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Attributes:
        options: of the data set type scene_transforms.
        methods: that are compared, as the catalogue names them.
        pixels: along the longer side of a view, at most, unless `options` have `reduce`.
        minutes: of the training of each method.
        path: list of cameras that the video follows; None for a turn.
    """

    options: Mapping[str, Any]
    methods: Sequence[str]
    pixels: int
    minutes: float
    path: Path | None


def write(path: Path, source: Path, survey: Survey, wish: Wish) -> None:
    """Write the study of a scene, with its results beside it.

    Args:
        path: of the study.
        source: the list of cameras.
        survey: what it offers.
        wish: what is asked for.

    Raises:
        UserError: the folder cannot be written to, or a study there was edited.
    """
    name = studies.name(source.resolve().parent.name, "scene")
    behind = 1 if survey.alpha or "bound" in wish.options else BEHIND
    reduce = max(1, -(-max(survey.size) // wish.pixels))
    data = {"path": str(source.resolve()), "reduce": reduce, "surroundings": behind, **wish.options}
    changed = choices(behind)
    section: dict[str, Any] = {
        "seeds": [0],
        "training": training(survey, 60 * wish.minutes),
        "methods": {method: {"with": changed[method]} for method in wish.methods if method in changed},
    }
    if wish.path:
        section["take_home"] = {"path": str(wish.path.resolve())}
    study = {
        "pathvars": {"results": str((path.parent / "results").resolve())},
        "run": [name],
        "datasets": {name: {"type": "scene_transforms", "with": data}},
        "experiments": {name: {"area": "radiance", "data": [name], "methods": list(wish.methods)}},
        "radiance": section,
    }
    delivery.write_study(path, study, "scene", KEYS)


def training(survey: Survey, seconds: float) -> dict[str, Any]:
    """How each method is trained."""
    views = min(HELD_OUT, max(1, survey.train // VIEWS_EACH))
    room = {"samples": 49152, "most_rays": 8192}
    return {"steps": 100_000, "seconds": seconds, **room, "evaluate_steps": 200, "evaluate_views": views}


def choices(behind: int) -> dict[str, dict[str, Any]]:
    """Of each method what is chosen otherwise than in the catalogue, which is for larger views and machines.

    Args:
        behind: cubes along a side; steps grow with distance where there are several, and the grid has one for each size.
    """
    cascades = behind.bit_length()
    occupancy = {"cascades": cascades, "least_visits": 4, "warm_up_steps": 128}
    marching: dict[str, Any] = {"occupancy": occupancy}
    if behind > 1:
        marching |= BEYOND
    grid = {"max_resolution": FINEST * behind, "levels": 8, "table_size": TABLE}
    return {
        "hash": {"field": {"grid": grid}, **marching},
        "voxel": {"field": {"resolution": 128}, **deepcopy(marching)},  # or YAML would write one as an alias
    }
