"""The map as a data set by the CF conventions (1.8), on the grid that it was asked for on."""

from typing import Any

import numpy as np
import xarray as xr

from fieldbench.datasets._scattered import Scattered
from fieldbench.datasets._target import Target
from fieldbench.sparse.delivery.asked import middle
from fieldbench.sparse.prediction import Prediction

SUFFIXES = (".nc",)
EPOCH = "seconds since 1970-01-01T00:00:00Z"
SPHERE = (  # attributes of y and of x
    {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
    {"standard_name": "longitude", "units": "degrees_east", "axis": "X"},
)
PLANE = (
    {"standard_name": "projection_y_coordinate", "long_name": "y of the plane", "axis": "Y"},
    {"standard_name": "projection_x_coordinate", "long_name": "x of the plane", "axis": "X"},
)
KEPT = ("standard_name", "long_name", "units", "axis")  # attributes of a grid's coordinates
WITHOUT_NOISE = "standard error of {words}, of the field without the noise of observations"
WITH_NOISE = (
    "standard error of {words}, of an observation: its noise is not known and counts as the field's own"
)


def dataset(
    observations: Scattered,
    target: Target,
    prediction: Prediction,
    attributes: dict[str, Any],
) -> xr.Dataset:
    """Mean and standard error of the quantity on every cell; missing where the grid is masked.

    Args:
        observations: whose quantity, unit and time it has.
        target: the grid.
        prediction: (Q,) for its known cells.
        attributes: of the whole.
    """
    name, words = observations.name, observations.about.get("long_name", observations.name)
    deviation = f"{name}_standard_error"
    noisy = observations.error is not None
    common = {"units": observations.unit, "cell_methods": "area: point", **_mapped(target)}
    standard = observations.about.get("standard_name")
    mean = {**common, "long_name": words, "ancillary_variables": deviation, **_standard(standard)}
    error = {
        **common,
        "long_name": (WITHOUT_NOISE if noisy else WITH_NOISE).format(words=words),
        **_standard(standard, " standard_error"),
    }
    variables = {name: (prediction.mean, mean), deviation: (prediction.known_spread, error)}
    made = xr.Dataset(
        {key: (target.dims, _image(target, values), facts) for key, (values, facts) in variables.items()},
        {**_coordinates(target), **_time(observations)},
        {"Conventions": "CF-1.8", **attributes, **_span(observations)},
    )
    if target.mapping:
        facts = {key: value for key, value in target.mapping.items() if key != "name"}
        made[target.mapping["name"]] = xr.Variable((), np.int32(0), facts)
    for key in made.variables:
        made[key].encoding["_FillValue"] = np.float32(np.nan) if key in variables else None
    return made


def _image(target: Target, values: np.ndarray) -> np.ndarray:
    image = np.full(target.known.shape, np.nan, dtype=np.float32)
    image[target.known] = values
    return image


def _standard(name: str | None, modifier: str = "") -> dict[str, str]:
    return {"standard_name": f"{name}{modifier}"} if name else {}


def _mapped(target: Target) -> dict[str, str]:
    return {"grid_mapping": target.mapping["name"]} if target.mapping else {}


def _coordinates(target: Target) -> dict[str, xr.Variable]:
    made = {}
    for name, line, facts in zip(
        target.names, (target.y, target.x), SPHERE if target.sphere else PLANE, strict=True
    ):
        kept = {key: line.attrs[key] for key in KEPT if key in line.attrs}
        attributes = (
            {**kept, **facts} if target.sphere else {**facts, **kept}
        )  # read as degrees, whatever they were
        if line.ndim == 2:
            del attributes["axis"]  # CF 1.8, section 5.6: of coordinate variables alone
        made[name] = xr.Variable(line.dims, line.values, attributes)
    return made


def _time(observations: Scattered) -> dict[str, xr.Variable]:
    """The time in the middle of the observations, where they have one."""
    if observations.times is None:
        return {}
    seconds = (middle(observations.times) - np.datetime64("1970-01-01")) / np.timedelta64(1, "s")
    facts = {"standard_name": "time", "units": EPOCH, "calendar": "standard", "axis": "T"}
    return {"time": xr.Variable((), float(seconds), facts)}


def _span(observations: Scattered) -> dict[str, str]:
    """From when to when observations are (Attribute Convention for Data Discovery 1.3)."""
    if observations.times is None:
        return {}
    ends = {"start": observations.times.min(), "end": observations.times.max()}
    return {f"time_coverage_{name}": f"{time!s:.19}Z" for name, time in ends.items()}
