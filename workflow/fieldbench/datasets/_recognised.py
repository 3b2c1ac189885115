"""Which variables of a file are its places, its times and its values, as names, units and standard names tell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import xarray as xr

from fieldbench.datasets import _places
from fieldbench.errors import UserError

PLANE = {  # names and standard names of coordinates on a plane
    "y": re.compile(r"^(y|yc|northing|projection_y_coordinate)$"),
    "x": re.compile(r"^(x|xc|easting|projection_x_coordinate)$"),
}
SPHERE = {"y": "latitude", "x": "longitude"}
TIME = re.compile(r"^(time|times|date|datetime|timestamp|valid_time)$")


@dataclass(frozen=True)
class Places:
    """Names of the variables that say where something lies, and whether they are latitude and longitude."""

    y: str
    x: str
    sphere: bool


def places(content: xr.Dataset, name: str, given: Mapping[str, str | None], *, plane: bool) -> Places:
    """The coordinates of a file.

    Args:
        content: its variables.
        name: of the file, for messages.
        given: names of `y` and `x` that a person gave.
        plane: whether they are said to lie on a plane.

    Raises:
        UserError: none or several could be meant, or there is no variable of a given name.
    """
    for option, called in given.items():
        if called:
            require(content, name, called, option)
    for sphere in (False,) if plane else (True, False):
        known = _on_sphere(content) if sphere else _on_plane(content)
        found = {axis: [called] if (called := given.get(axis)) else known[axis] for axis in ("y", "x")}
        if all(len(names) == 1 for names in found.values()):
            return Places(found["y"][0], found["x"][0], sphere)
    raise UserError(
        f"{name} does not say clearly where its values lie; name latitude and longitude by --y and --x, give them standard "
        f"names, or add --plane if they are coordinates on a plane. It has {listed(content)}."
    )


def require(content: xr.Dataset, name: str, called: str, option: str) -> None:
    """Check that there is a variable.

    Raises:
        UserError: there is none; the message names the option that asked for it.
    """
    if called not in content.variables:
        raise UserError(f"{name} has no '{called}'; correct --{option}. It has {listed(content)}.")


def time(content: xr.Dataset) -> str | None:
    """The variable of times, None where there is none, or several."""
    found = [
        str(name)
        for name, entry in content.variables.items()
        if TIME.match(str(name).lower())
        or entry.attrs.get("standard_name") == "time"
        or " since " in str(entry.attrs.get("units", ""))
    ]
    exact = [name for name in found if TIME.match(name.lower())]
    return next(iter(exact or found), None)


def listed(content: xr.Dataset) -> str:
    """The variables, for messages."""
    return ", ".join(map(str, content.variables)) or "nothing"


def _on_sphere(content: xr.Dataset) -> dict[str, list[str]]:
    return {
        axis: [
            str(name)
            for name, entry in content.variables.items()
            if _places.axis_of(str(name), entry) == word
        ]
        for axis, word in SPHERE.items()
    }


def _on_plane(content: xr.Dataset) -> dict[str, list[str]]:
    return {
        axis: [
            str(name)
            for name, entry in content.variables.items()
            if pattern.match(str(name).lower()) or pattern.match(str(entry.attrs.get("standard_name", "")))
        ]
        for axis, pattern in PLANE.items()
    }
