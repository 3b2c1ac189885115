"""What was asked for, as a file that can be edited and asked again."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from fieldbench import config as configuration
from fieldbench import delivery
from fieldbench.datasets import _netcdf, _recognised, _scattered, _series, _target
from fieldbench.datasets._files import own_files
from fieldbench.datasets._scattered import Columns, Scattered
from fieldbench.datasets._series import Layout, Series
from fieldbench.datasets._target import Target
from fieldbench.errors import UserError
from fieldbench.models import Model

KEYS = "Its keys are options of the command; those of `history` are of the type netcdf_series (docs/configuration.md)."
IN_LAYOUT = [each.name for each in fields(Layout)]


class Study(Model):
    """One map that is asked for. Keys that are left out the files must say themselves."""

    observations: str = Field(description="CSV or NetCDF file")
    grid: str | float | int = Field(
        description="NetCDF file, or a spacing in degrees or in the unit of the plane"
    )
    history: dict[str, Any] | None = Field(None, description="`path` and other options of netcdf_series")
    mask: str | None = Field(None, description="variable of the grid, see `_target.read`")
    methods: list[str] | None = Field(None, description="that are compared; the usual ones where left out")
    value: str | None = Field(None, description="column of values")
    error: str | None = Field(None, description="column of their standard errors")
    y: str | None = Field(None, description="column of latitudes, or of y on a plane")
    x: str | None = Field(None, description="column of longitudes, or of x on a plane")
    when: str | None = Field(None, description="column of times")
    unit: str | None = Field(None, description="of the values")
    plane: bool = Field(False, description="whether y and x lie on a plane")
    plane_unit: str = Field("", description="of y and x on a plane, such as km")
    time: str | None = Field(
        None, description="an ISO date, or two with a slash between them: others are left out"
    )
    missing: list[float] | None = Field(None, description="values that stand for missing; [] if none does")

    @property
    def inputs(self) -> list[Path]:
        """The files that it reads."""
        grid = [self.grid] if isinstance(self.grid, str) else []
        return [
            Path(name)
            for name in (self.observations, *grid, *([self.history["path"]] if self.history else []))
        ]

    def read(self) -> tuple[Scattered, Target, Series | None]:
        """Observations, grid and history.

        Raises:
            UserError: one cannot be read, or does not say clearly what it holds.
        """
        given = Columns(**{each.name: getattr(self, each.name) for each in fields(Columns)})
        observations = _scattered.read(Path(self.observations), given)
        if isinstance(self.grid, str):
            target = _target.read(Path(self.grid), mask=self.mask, plane=self.plane)
        else:
            target = _target.spaced(float(self.grid), observations)
        return observations, target, self._history(observations) if self.history else None

    def _history(self, observations: Scattered) -> Series:
        options = {"missing": self.missing, **(self.history or {})}
        files = own_files(options["path"], None)
        options = _said(files[0], observations, options)
        entry = {"type": "netcdf_series", "with": options}
        for fault in configuration.options("datasets", "history", entry, configuration.GIVEN_TO_DATASETS):
            raise UserError(fault)
        layout = Layout(**{name: options[name] for name in IN_LAYOUT if name in options})
        more = {name: options[name] for name in ("unit", "missing", "gaps") if name in options}
        return _series.read(files, options["variable"], layout, **more)


def _said(file: Path, observations: Scattered, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with what the file says of those that are left out: variable, time, y and x."""
    content = _netcdf.described(file)
    given = {axis: options.get(axis) for axis in ("y", "x")}
    where = _recognised.places(content, file.name, given, plane=not observations.sphere)
    time = options.get("time", _recognised.time(content))
    if time is None:
        raise UserError(
            f"{file.name} does not say what its times are; name them by --set time=NAME. It has "
            f"{_recognised.listed(content)}."
        )
    dims = {*content[where.y].dims, *content[where.x].dims, *(content[time].dims if time in content else ())}
    fields_ = [
        str(name) for name, each in content.data_vars.items() if dims <= set(each.dims) and len(dims) > 2
    ]
    alike = [name for name in fields_ if name == observations.name] or fields_
    if "variable" not in options and len(alike) != 1:
        raise UserError(
            f"{file.name} does not say clearly which variable is the history; name it by --set variable=NAME. It has "
            f"{_recognised.listed(content)}."
        )
    found = {"y": where.y, "x": where.x, "sphere": where.sphere, "time": time}
    return {"variable": (alike or [""])[0], **found, **options}


def write(path: Path, study: Study) -> None:
    """Leave a study beside its map; see `delivery.write_study`."""
    kept = study.model_dump(exclude_none=True, exclude_defaults=True)
    delivery.write_study(path, kept, "map", KEYS)


def read(path: Path) -> Study:
    """The study in a file.

    Raises:
        UserError: the file is missing or is no study of a map.
    """
    return checked(delivery.read_study(path), str(path))


def checked(content: Any, name: str) -> Study:
    """A study of its content.

    Raises:
        UserError: an unknown key, or a value of the wrong kind.
    """
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the study"
        raise UserError(f"{name}: {place}: {first['msg']}; correct it.") from error
