"""From the axes and the Stokes parameters of a file to those of a data set: y, x, stokes (I, Q, U, V), wavelength."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from fieldbench.datasets._cube import AXES, STOKES
from fieldbench.errors import UserError

OPTIONAL = {"x", "time"}


def stacked(parts: Sequence[np.ndarray], axes: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """One array of a cube's parts, and its axes: several parts are the Stokes parameters, one each.

    Raises:
        UserError: parts of different shapes.
    """
    if len(parts) == 1:
        return parts[0], list(axes)
    if len(shapes := {part.shape for part in parts}) > 1:
        raise UserError(
            f"The Stokes parameters have different shapes, {sorted(shapes)}; give parts of one shape."
        )
    return np.stack(parts), ["stokes", *(axis for axis in axes if axis != "stokes")]


def oriented(
    values: np.ndarray,
    axes: Sequence[str],
    name: str,
    *,
    stokes: Sequence[str] = STOKES,
    time: int | None = None,
) -> np.ndarray:
    """`values` with axes y, x, stokes, wavelength, and I, Q, U, V along the third: NaN where one was not measured.

    Args:
        values: any array of real numbers.
        axes: what its axes are, first to last: each of `AXES`, and perhaps time; a slit has no x.
        name: of the data, for messages.
        stokes: the parameters along the Stokes axis, I and V among them.
        time: which of the times, from 0; may be left out where there is one.

    Raises:
        UserError: axes unknown, repeated or too few, no such time, or other Stokes parameters than `stokes` says.
    """
    lacking = (set(axes) ^ set(AXES)) - OPTIONAL
    if lacking or len(set(axes)) != len(axes) or len(axes) != values.ndim:
        raise UserError(
            f"`axes` {list(axes)} does not fit {name} of shape {values.shape}; "
            f"name each of its axes once, from {', '.join(AXES)} and time (a slit has no x)."
        )
    variable = _at_time(xr.Variable(tuple(axes), values), name, time)
    if "x" not in variable.dims:
        variable = variable.set_dims(("x", *variable.dims))
    _require_parameters(variable.sizes["stokes"], stokes, axes, name)
    cube = variable.transpose(*AXES).values
    found = np.full((*cube.shape[:2], len(STOKES), cube.shape[3]), np.nan, dtype=np.float32)
    for index, parameter in enumerate(stokes):
        found[:, :, STOKES.index(parameter)] = cube[:, :, index]
    return found


def _at_time(cube: xr.Variable, name: str, time: int | None) -> xr.Variable:
    count = cube.sizes.get("time", 1)
    if (time is None and count > 1) or not -count <= (time or 0) < count:
        raise UserError(f"{name} has {count} times; set `time` to the one that is meant, 0 to {count - 1}.")
    return cube.isel(time=time or 0) if "time" in cube.dims else cube


def _require_parameters(count: int, stokes: Sequence[str], axes: Sequence[str], name: str) -> None:
    if len(set(stokes)) != len(stokes) or not {"I", "V"} <= set(stokes) <= set(STOKES):
        raise UserError(
            f"`stokes` of {name} is {list(stokes)}; name each once, from I, Q, U, V, I and V among them."
        )
    if count != len(stokes):
        raise UserError(
            f"{name} has {count} values along its Stokes axis, not {len(stokes)}; correct `axes` {list(axes)}, "
            "or name those that it has by `stokes`, such as [I, V]."
        )
