"""The small study that inverts one cube."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fieldbench import delivery, studies
from fieldbench.datasets._files import own_file
from fieldbench.inversion.delivery import recognise
from fieldbench.studies import Study

METHODS = ("pixelwise", "regularized")
NETWORKS = {"v1": 50_000, "siren": 150_000}  # and the pixels up to which one ends in minutes on two cores
TILE = 1_000_000  # pixels of a tile; a larger map is inverted in several, which bounds the memory that a job takes
REGIMES = ("reference", "strict")
KEYS = "Every key is described in docs/configuration.md of fieldbench."


def cube_of(study: Study) -> Path:
    """The file with the cube of a study, or the first of several."""
    return own_file(recognise.first(study.entry["with"]["path"]), study.config["data_root"])


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
    name = studies.name(cube.stem, "cube")
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
