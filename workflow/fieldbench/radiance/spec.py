"""All choices that make one method of the area, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from fieldbench.errors import UserError
from fieldbench.registry import check_word

LEAST_LIGHT = 1e-4  # transmittance below which a sample is not seen (Müller et al. 2022, appendix E.2)
CHOICES = {
    "marching": ("occupancy", "dense"),
    "background": ("random", "white"),
    "loss": ("huber", "mse"),
}


@dataclass(frozen=True)
class Spec:
    """One method.

    Attributes:
        field: `type` of `radiance.fields` and its parameters.
        marching: samples only in the occupied cells of a grid, or everywhere.
        occupancy: parameters of `OccupancyOptions`.
        hull: begin with the visual hull of the training views, which is supervision by masks.
        termination: leave out samples that no light reaches: their colours in training, all of them in rendering.
        least_light: share of its light at which a rendered ray is ended, if any is. Instant-NGP's program has 1e-4 where
            views are judged and 1e-2 where they are shown.
        background: before which training views are laid: another random colour for each ray, or white.
        loss: of a ray's colour.
        distortion: weight in the loss of how far apart along its ray stands what a pixel shows, see `volume.distortion`.
        shortest_step, longest_step: bounds of a step's length, in the scene's unit.
        cone_angle: radians; a step is as long as this times the distance from the camera, within its bounds.
        steps, learning_rate: that replace the training's.
    """

    field: Mapping[str, Any]
    marching: str = "occupancy"
    occupancy: Mapping[str, Any] = field(default_factory=dict)
    hull: bool = False
    termination: bool = True
    least_light: float = LEAST_LIGHT
    background: str = "random"
    loss: str = "huber"
    distortion: float = 0.0
    shortest_step: float = 0.01
    longest_step: float = 0.1
    cone_angle: float = 0.0
    steps: int | None = None
    learning_rate: float | None = None

    def __post_init__(self) -> None:
        for key, words in CHOICES.items():
            check_word(key, getattr(self, key), words)
        if not 0 < self.shortest_step <= self.longest_step or self.cone_angle < 0:
            raise UserError(
                "A radiance field needs 0 < shortest_step <= longest_step and a cone_angle of 0 or more; got "
                f"{self.shortest_step}, {self.longest_step} and {self.cone_angle}."
            )
        if self.distortion < 0:
            raise UserError(f"`distortion` of a radiance field is {self.distortion}; it needs 0 or more.")
        if self.steps is not None and self.steps < 1:
            raise UserError(f"`steps` of a radiance field is {self.steps}; it needs 1 or more.")
        if not 0 < self.least_light < 1:
            raise UserError(
                f"`least_light` of a radiance field is {self.least_light}; it is a share between 0 and 1."
            )
        if self.marching == "dense" and (self.hull or self.occupancy):
            raise UserError(
                "`hull` and `occupancy` are of the marching 'occupancy', and this one is 'dense'."
            )


def parse(entry: Mapping[str, Any]) -> Spec:
    """The specification of a configuration entry.

    Raises:
        UserError: an unknown key or value, or no field.
    """
    keys = [part.name for part in fields(Spec)]
    if unknown := sorted(set(entry) - set(keys)):
        raise UserError(f"Unknown key {', '.join(unknown)} of a radiance method; known: {', '.join(keys)}.")
    if "type" not in entry.get("field", {}):
        raise UserError("A radiance method needs a `field` with its `type`.")
    return Spec(**entry)
