"""All choices that make one method of the area, in one place."""

from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from fieldbench.models import Model
from fieldbench.values import Count, NotNegative, Positive, Share

LEAST_LIGHT = 1e-4  # transmittance below which a sample is not seen (Müller et al. 2022, appendix E.2)


class Spec(Model):
    """One method."""

    model_config = ConfigDict(frozen=True)

    field: dict[str, Any] = Field(
        description="`type`, a file of `fieldbench/radiance/fields`, and its parameters"
    )
    marching: Literal["occupancy", "dense"] = Field(
        "occupancy", description="samples only in the occupied cells of a grid, or everywhere"
    )
    occupancy: dict[str, Any] = Field({}, description="parameters of fieldbench/radiance/occupancy.py")
    fine: Count | None = Field(
        None,
        description="samples that each ray gets where a coarse field, another of the same kind, saw something; with dense "
        "marching, which is the coarse field's",
    )
    hull: bool = Field(
        False, description="begin with the visual hull of the training views, which is supervision by masks"
    )
    termination: bool = Field(
        True,
        description="leave out samples that no light reaches: their colours in training, all of them in rendering",
    )
    compaction: bool = Field(
        True,
        description="in training, networks take the samples of all rays packed; without, each ray has as many rows as the "
        "longest of its step, most of them empty",
    )
    least_light: Share = Field(
        LEAST_LIGHT,
        description="share of its light at which a rendered ray is ended, if any is; Instant-NGP's program has 1e-4 where "
        "views are judged and 1e-2 where they are shown",
    )
    background: Literal["random", "white"] = Field(
        "random",
        description="before which training views are laid: another random colour for each ray, or white",
    )
    loss: Literal["huber", "mse"] = Field("huber", description="of a ray's colour")
    distortion: NotNegative = Field(
        0.0, description="weight in the loss of how far apart along its ray stands what a pixel shows"
    )
    shortest_step: Positive = Field(0.01, description="of a ray, in the scene's unit")
    longest_step: Positive = Field(0.1, description="of a ray, in the scene's unit")
    cone_angle: NotNegative = Field(
        0.0,
        description="radians; a step is as long as this times the distance from the camera, within its bounds",
    )
    steps: Count | None = Field(None, description="of the training, instead of the experiment's")
    learning_rate: Positive | None = Field(
        None, description="Adam's at the start, instead of the experiment's"
    )

    @model_validator(mode="after")
    def _agrees(self) -> "Spec":
        if "type" not in self.field:
            raise PydanticCustomError("no_type", "'field' needs its 'type'")
        if self.shortest_step > self.longest_step:
            raise PydanticCustomError("steps", "'shortest_step' is longer than 'longest_step'")
        if self.fine and self.marching != "dense":
            raise PydanticCustomError(
                "fine", "'fine' is of the marching 'dense', and this one is 'occupancy'"
            )
        if self.marching == "dense" and (self.hull or self.occupancy):
            raise PydanticCustomError(
                "dense", "'hull' and 'occupancy' are of the marching 'occupancy', and this one is 'dense'"
            )
        return self
