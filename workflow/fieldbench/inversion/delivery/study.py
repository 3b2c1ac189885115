"""The small study that inverts one cube: written, read again, and checked before anything runs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldbench import config as configuration
from fieldbench import delivery
from fieldbench.datasets import availability
from fieldbench.datasets._files import own_file
from fieldbench.errors import UserError
from fieldbench.inversion.delivery import recognise

METHODS = ("pixelwise", "regularized")
NETWORKS = {"v1": 50_000, "siren": 150_000}  # and the pixels up to which one ends in minutes on two cores
TILE = 1_000_000  # pixels of a tile; a larger map is inverted in several, which bounds the memory that a job takes
REGIMES = ("reference", "strict")
PROJECT = Path(__file__).resolve().parents[4]  # the folder with workflow/Snakefile
KEYS = "Every key is described in docs/configuration.md of fieldbench."


@dataclass(frozen=True)
class Study:
    """A study of one cube.

    Attributes:
        path: its file.
        config: the whole configuration with it.
        dataset: name of its data set.
    """

    path: Path
    config: Mapping[str, Any]
    dataset: str

    @property
    def results(self) -> Path:
        """The folder that everything is written to."""
        return Path(self.config["pathvars"]["results"])

    @property
    def cube(self) -> Path:
        """The file with the cube, or the first of several."""
        return own_file(recognise.first(self.entry["with"]["path"]), self.config["data_root"])

    @property
    def entry(self) -> Mapping[str, Any]:
        """`type` and `with` of the data set."""
        return self.config["datasets"][self.dataset]


def quick(pixels: int) -> list[str]:
    """The methods that end in minutes on a cube of so many pixels."""
    return [*METHODS, *(name for name, most in NETWORKS.items() if pixels <= most)]


def tiles(pixels: int) -> int:
    """In how many tiles a cube of so many pixels is inverted."""
    return -(-pixels // TILE)


def write(
    path: Path,
    entry: Mapping[str, Any],
    methods: Sequence[str],
    seeds: int = 3,
    steps: int | None = None,
    tiles: int = 1,
) -> None:
    """Write the study of a cube, with its results beside it. All pixels are used: methods are chosen by wavelengths.

    Args:
        path: of the study.
        entry: `type` and `with` of the data set.
        methods: that are compared, as the catalogue names them.
        seeds: trainings of each network.
        steps: of a training; as in the catalogue where left out.
        tiles: that the map is inverted in.

    Raises:
        UserError: the folder cannot be written to, or a study there was edited.
    """
    cube = Path(recognise.first(entry["with"]["path"]))
    name = _name(cube.stem)
    study: dict[str, Any] = {
        "pathvars": {"results": str(path.with_name(f"{path.stem}-results").resolve())},
        "data_root": str(cube.parent),
        "run": [name],
        "inversion": {"seeds": list(range(seeds)), "held_out": {"fraction": 0.0}},
        "datasets": {name: {**entry, "scheme": "default"}},
        "experiments": {
            name: {"area": "inversion", "regimes": list(REGIMES), "data": [name], "methods": list(methods)}
        },
    }
    if tiles > 1:
        study["inversion"]["tiles"] = {name: tiles}
    if steps:
        study["inversion"]["training"] = {"steps": steps}
    delivery.write_study(path, study, "invert", KEYS)


def _name(stem: str) -> str:
    """A name that the configuration allows."""
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "cube"


def read(path: Path) -> Study:
    """The study in a file, checked.

    Raises:
        UserError: the file is missing or no study of one cube, a fault of the configuration, or no such cube.
    """
    own = delivery.read_study(path)
    datasets = list(own.get("datasets", {})) if isinstance(own, dict) else []
    if len(datasets) != 1 or "pathvars" not in own:
        raise UserError(
            f"{path} must have `pathvars` and one data set to be inverted; it has {len(datasets)}."
        )
    merged = configuration.completed(own, _defaults())
    configuration.check(merged)
    if reason := availability.unavailable(**configuration.dataset_source(merged, datasets[0])):
        raise UserError(reason)
    return Study(path, merged, datasets[0])


def _defaults() -> Path:
    """The folder of the project's own configuration."""
    if not (PROJECT / "workflow" / "Snakefile").exists():
        raise UserError(
            f"There is no workflow/Snakefile in {PROJECT}; install fieldbench from its folder (pip install -e)."
        )
    return PROJECT / "config"
