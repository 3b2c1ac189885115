"""What the configuration says of the area `sparse`: its section, its experiments, and what the names in them must be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, create_model

from fieldbench import experiments, models
from fieldbench.config import options
from fieldbench.errors import UserError
from fieldbench.models import Model, Typed, partial, unknown
from fieldbench.sparse import catalogue
from fieldbench.sparse.spec import CHOICES, Spec, parse
from fieldbench.values import Count, Name, NotNegative, Positive, Seed, Seeds

FILE, CLOUDS = "file", "clouds"
MOST_HELD_OUT = 0.3  # share of what is known
# Parameters that a specification and the data give.
OF_NETWORKS = ("in_dim", "out_dim", "nyquist", "state_space", "periodic")
Config = Mapping[str, Any]


class Task(Model):
    """Which points of a data set are observed, and how well."""

    dataset: Name = Field(description="key of `datasets`")
    mask: Literal["uniform", "clustered", "tracks", "file", "clouds"] = Field(
        description="pattern of the observed points: drawn, of a file, or a series' own gaps, which are to be filled"
    )
    path: str | None = Field(None, description="of `mask: file`: a NetCDF file")
    variable: str | None = Field(
        None,
        description="of that file: on the data's grid, perhaps for several times; a point is observed where whole "
        "numbers are not 0, and others not missing",
    )
    fraction: float = Field(
        gt=0,
        le=1,
        description="share of the points that are observed; of `file`, of those that it shows; of `clouds`, share of "
        "what is known that is held out for the test",
    )
    noise: NotNegative | Annotated[Sequence[Positive], Field(min_length=2, max_length=2)] = Field(
        description="standard deviation of the observations, in the data's unit; or the least and the largest, between "
        "which each has its own"
    )
    seed: Seed = Field(description="draws the points and the noise, the same for every method")


class Classical(Typed):
    """A method without a network, a file of `fieldbench/sparse/methods`."""

    description: str = Field(description="what it is, for a reader")
    oracle: str = Field("", description="what it is told that others must learn; it is then not recommended")


def _choices() -> type[Model]:
    """A model with the keys of `Spec` that a configuration may give."""
    keys: dict[str, Any] = {
        field.name: (
            Literal[CHOICES[field.name]] if field.name in CHOICES else field.type,
            Field(field.default, description="see fieldbench/sparse/spec.py"),
        )
        for field in fields(Spec)
        if field.name not in ("backbone", "prior", "sampler_steps")
    }
    keys["prior"] = (Typed | None, Field(None, description="classical method that a flow starts from"))
    words = "What a learned method does; see `fieldbench.sparse.spec.Spec`."
    return create_model("Choices", __base__=Model, __doc__=words, **keys)


if TYPE_CHECKING:
    Choices = Model  # as `Changes` below
else:
    Choices = _choices()


class Learned(Model):
    """A learned method: a backbone and choices."""

    backbone: Name = Field(description="key of `sparse.backbones`")
    choices: Choices = Field(Choices(), alias="with", description="what it does otherwise than by default")
    description: str = Field(description="what it is, for a reader")


class Training(Model):
    """How learned methods are trained."""

    steps: Count = Field(description="of a training")
    batch: Count = Field(description="fields per step")
    queries: Count = Field(description="points per field at which the loss is taken")
    learning_rate: Positive = Field(description="Adam's, at the start")
    checkpoint_seconds: NotNegative = Field(description="time between checkpoints, in seconds")


if TYPE_CHECKING:
    Changes = Training  # a checker knows no class that is made while the program runs
else:
    Changes = partial(Training)


class Overfit(Model):
    """A training that memory alone should win: its few training fields are its test fields."""

    fields: Count = Field(description="how many it sees")
    masks: Literal["frozen", "redrawn"] = Field(description="whether a field's observed points ever change")


class Experiment(models.Experiment):
    """Methods that rebuild the fields of tasks, its `data`. The page compares each with the best untrained method."""

    reference: None = Field(None, description="none: the page finds it")
    training: Changes = Field(  # type: ignore[assignment] # of the house's mapping the keys are known here
        Changes.model_validate({}), description="what its trainings do otherwise than `sparse.training`"
    )
    variants: bool = Field(
        False, description="whether its methods are variants of one, compared among themselves"
    )
    overfit: Overfit | None = Field(None, description="few fields that are to be learned by heart")


class Area(Model):
    """The section `sparse`."""

    seeds: Seeds = Field(description="one training of every learned method per seed")
    sampler_steps: Count = Field(description="of Heun's rule along a flow")
    tasks: dict[Name, Task] = Field(description="what experiments run on")
    classical: dict[Name, Classical] = Field(description="methods without a network")
    backbones: dict[Name, Typed] = Field(min_length=1, description="networks, files of `fieldbench/networks`")
    versions_on: Name = Field(description="key of `backbones`: what the versions v3 to v102 are built on")
    models: dict[Name, Learned] = Field(description="learned methods, besides those that need no entry")
    training: Training = Field(description="of all learned methods")
    figures: dict[Name, Typed] = Field(description="files of `fieldbench/sparse/figures`")


def learned_methods(area: Config) -> dict[str, dict[str, Any]]:
    """Name -> description of every learned method of the section `sparse`; see `catalogue.learned`.

    Raises:
        UserError: unknown backbone.
    """
    backbones = {
        name: {"type": entry["type"], **entry.get("with", {})} for name, entry in area["backbones"].items()
    }
    methods = {
        name: {"backbone": entry["backbone"], **entry.get("with", {})}
        for name, entry in area["models"].items()
    }
    return catalogue.learned(methods, backbones, area["versions_on"], area["sampler_steps"])


def faults(config: Config) -> Iterator[str]:
    """Names that lead nowhere, options that a type does not take, and choices that exclude one another."""
    area = config["sparse"]
    for name, task in area["tasks"].items():
        yield from unknown([task["dataset"]], config["datasets"], f"sparse.tasks.{name}.dataset")
        yield from _of_mask(f"sparse.tasks.{name}", task)
    for name, entry in area["classical"].items():
        yield from options("sparse/methods", f"sparse.classical.{name}", entry, supplied=("problem",))
    for name, entry in area["backbones"].items():
        yield from options("networks", f"sparse.backbones.{name}", entry, supplied=OF_NETWORKS)
    yield from unknown([area["versions_on"]], area["backbones"], "sparse.versions_on")
    for name, entry in area["models"].items():
        yield from unknown([entry["backbone"]], area["backbones"], f"sparse.models.{name}.backbone")
    learned = learned_methods(area)
    for name, entry in area["models"].items():
        yield from _of_model(f"sparse.models.{name}", entry, learned[name])
        if name in area["classical"]:
            yield f"sparse.models.{name} has the name of an untrained method; choose another."
    for name, entry in config["experiments"].items():
        if entry.get("area") == "sparse":
            yield from _of_experiment(f"experiments.{name}", entry, area, learned)
    for name, entry in area["figures"].items():
        yield from _of_figure(f"sparse.figures.{name}.with", entry.get("with", {}), config)


def _of_mask(key: str, task: Config) -> Iterator[str]:
    named = [word for word in ("path", "variable") if task.get(word) is not None]
    if task["mask"] == FILE and len(named) < 2:
        yield f"{key} has a mask of a file: give its `path` and `variable`."
    if task["mask"] != FILE and named:
        yield f"{key}: `{named[0]}` is of `mask: file`, and not of '{task['mask']}'."
    if task["mask"] == CLOUDS and task["fraction"] > MOST_HELD_OUT:
        yield f"{key}: of `clouds`, `fraction` is held out twice, for validation and test; give {MOST_HELD_OUT:g} at most."
    if task["mask"] == CLOUDS and not isinstance(task["noise"], int | float):
        yield f"{key}: the values of `clouds` have the noise that they have; give one number."


def _of_model(key: str, entry: Config, description: Config) -> Iterator[str]:
    if prior := entry.get("with", {}).get("prior"):
        yield from options("sparse/methods", f"{key}.with.prior", prior, supplied=("problem",))
    try:
        parse(description)
    except UserError as error:
        yield f"{key}: {error}"


def _of_experiment(key: str, entry: Config, area: Config, learned: Config) -> Iterator[str]:
    yield from unknown(entry["data"], area["tasks"], f"{key}.data")
    methods = learned if entry.get("overfit") else {**area["classical"], **learned}
    yield from experiments.unmatched(entry["methods"], methods, f"{key}.methods")


def _of_figure(key: str, shown: Config, config: Config) -> Iterator[str]:
    tasks = [*shown.get("tasks", []), *([shown["task"]] if "task" in shown else [])]
    yield from unknown(tasks, config["sparse"]["tasks"], key)
    yield from unknown(shown.get("classical", []), config["sparse"]["classical"], key)
