"""`fieldbench scene`, and the same as a call from Python."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from fieldbench import delivery, io, studies
from fieldbench.datasets import scene_transforms
from fieldbench.errors import UserError
from fieldbench.radiance.delivery import product, study, summary
from fieldbench.studies import Study

MADE = ("model.pt", "views.nc", "video.mp4", "mesh.ply")


@dataclass(frozen=True)
class Learned:
    """What was handed over.

    Attributes:
        folder: with everything.
        model: the file that `radiance.saved.load` reads.
        study: what was run, which may be edited and run again.
        page: the summary.
        sentence: which representation, how good, what it cost.
    """

    folder: Path
    model: Path
    study: Path
    page: Path
    sentence: str


def learn_scene(
    source: str | Path,
    target: str | Path | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    methods: Sequence[str] | None = None,
    pixels: int = 200,
    minutes: float = 8,
    camera_path: str | Path | None = None,
    cores: int | None = None,
    console: Console | None = None,
) -> Learned:
    """Learn a scene from its views, by the better of two representations, and write what it is good for.

    Everything is kept in the target folder: the study, its results, a page. The same call goes on where one was interrupted.

    Args:
        source: a list of cameras, transforms.json or transforms_train.json, or a study that an earlier call wrote.
        target: folder; `<folder of the list>-scene` where left out.
        options: of the data set type scene_transforms, such as `bound`, `test_every`, `axes`.
        methods: that are compared, as the catalogue names them; `study.METHODS` where left out.
        pixels: along the longer side of the views that are learned and rendered, at most.
        minutes: of the training of each method.
        camera_path: list of cameras that the video follows; a turn around the scene where left out.
        cores: as many as there are where left out.
        console: where progress is shown.

    Raises:
        UserError: a target that cannot be written, a list that is damaged or contradicts itself, pictures or views that are
            missing, unknown methods or options, or a job that failed.
    """
    source = Path(source)
    ready = source.suffix.lower() in delivery.STUDIES
    folder = Path(target or (source.parent if ready else f"{source.resolve().parent}-scene"))
    product.require_folder(folder, source)
    if ready:
        made = studies.read(source)
    else:
        path = Path(camera_path) if camera_path else None
        wish = study.Wish(options or {}, methods or study.METHODS, pixels, minutes, path)
        made = _asked_for(source, folder, wish)
    place = made.results / "radiance" / made.dataset / "recommended"
    targets = ["all", *(str(place / name) for name in MADE)]
    studies.run(made, targets, cores or os.cpu_count() or 1, console or Console(stderr=True))
    with io.open_dataset(place / "views.nc") as views:
        product.write(place, views, folder)
        page = summary.write(views, folder, made)
        return Learned(folder, folder / "model.pt", made.path, page, summary.sentence(views))


def _asked_for(source: Path, folder: Path, wish: study.Wish) -> Study:
    """The study, written and checked, of a list that has what learning needs."""
    known = {name: wish.options[name] for name in ("test_every", "outside") if name in wish.options}
    survey = scene_transforms.survey(str(source.resolve()), **known)
    if wish.path and not wish.path.is_file():
        raise UserError(f"There is no list of cameras {wish.path}; correct --path.")
    study.write(folder / "scene.yaml", source, survey, wish)
    return studies.read(folder / "scene.yaml")
