"""What the configuration says of the area `radiance`: its section, its experiments, and what names in them must be."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fieldbench import experiments, models
from fieldbench.config import options
from fieldbench.models import Model, Typed, partial, unknown
from fieldbench.radiance.spec import Spec
from fieldbench.values import Count, Name, NotNegative, Positive, Seeds

Goal = Annotated[int, Field(ge=1, le=99)]  # PSNR in dB, see `report.metrics`


class Training(Model):
    """How a scene is learned."""

    steps: Count = Field(description="of a training, at most")
    seconds: Positive | None = Field(description="of training, after which it ends; null for any")
    until_db: float | None = Field(
        description="mean PSNR of the held-out views, in dB, at which a training ends; null for any"
    )
    goals_db: list[Goal] = Field(description="PSNR of the held-out views, in dB, that are timed")
    samples: int = Field(ge=256, description="room for the samples of a step, which is filled with rays")
    most_rays: Count = Field(description="of a step")
    learning_rate: Positive = Field(description="Adam's, at the start")
    last_share: float = Field(gt=0, le=1, description="of the learning rate, that is left at the end")
    evaluate_steps: Count = Field(description="steps between evaluations of the quality on the way")
    evaluate_views: Count = Field(description="training views that are held out for such evaluations")
    evaluate_stride: Count = Field(description="it looks at every n-th pixel of every n-th row")
    checkpoint_seconds: NotNegative = Field(description="time between checkpoints, in seconds")


if TYPE_CHECKING:
    Changes = Training  # a checker knows no class that is made while the program runs
else:
    Changes = partial(Training)


class Method(Model):
    """A way to learn a scene; perhaps another method with an ingredient switched."""

    description: str = Field(description="what it is, for a reader")
    spec: Spec = Field(alias="with", description="its choices")
    of: Name | None = Field(None, description="method that it is but for some choices")
    without: Name | None = Field(None, description="ingredient that it lacks and `of` has")
    adds: Name | None = Field(None, description="ingredient that it has and `of` lacks")

    @model_validator(mode="after")
    def _switches_one(self) -> "Method":
        if (self.without or self.adds) and (not self.of or (self.without and self.adds)):
            raise PydanticCustomError("switch", "one of 'without' and 'adds' stands beside 'of'")
        return self


class Orbit(Model):
    """An animation of a turn around a scene."""

    experiment: Name = Field(description="whose training it shows")
    method: Name = Field(description="key of `radiance.methods`")
    pixels: int = Field(ge=8, description="along each side")


class TakeHome(Model):
    """What is made of a scene's recommended model."""

    frames: Count = Field(description="of the video of a turn around the scene")
    path: str | None = Field(
        description="list of cameras that the video follows instead, as transforms.json has them; null for a turn"
    )
    mesh_points: int = Field(ge=8, description="lattice points along the cube in which the surface is found")


class Area(Model):
    """The section `radiance`."""

    seeds: Seeds = Field(description="one training of every method per seed")
    training: Training = Field(description="of all methods")
    methods: dict[Name, Method] = Field(description="that experiments name")
    figures: dict[Name, Typed] = Field(description="files of `fieldbench/radiance/figures`")
    orbits: dict[Name, Orbit] = Field(description="scene -> the turn around it that is shown")
    take_home: TakeHome = Field(description="of the model that `fieldbench scene` hands over")


class Experiment(models.Experiment):
    """Methods that learn each of several scenes, its `data`."""

    training: Changes = Field(  # type: ignore[assignment] # of the house's mapping the keys are known here
        Changes.model_validate({}), description="what its trainings do otherwise than `radiance.training`"
    )


def faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Names that do not exist, and options that types do not take."""
    area = config["radiance"]
    methods = area["methods"]
    for name, entry in methods.items():
        yield from unknown(filter(None, [entry.get("of")]), methods, f"radiance.methods.{name}.of")
        field = dict(entry["with"]["field"])
        kind = {"type": field.pop("type")}
        yield from options("radiance/fields", f"radiance.methods.{name}.with.field", kind, more=field)
    yield from experiments.faults(config, "radiance", methods)
    for scene, entry in area["orbits"].items():
        key = f"radiance.orbits.{scene}"
        yield from unknown([scene], config["datasets"], "radiance.orbits")
        yield from unknown([entry["experiment"]], config["experiments"], f"{key}.experiment")
        yield from unknown([entry["method"]], methods, f"{key}.method")
