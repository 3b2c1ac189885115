"""The pieces that every configuration is made of, as typed models."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from pydantic_core import PydanticCustomError

from fieldbench.values import Name, Pattern, Seeds

MANY = 30  # names that nobody reads once the nearest is known


def suggestion(name: str, names: Sequence[str]) -> str:
    """The nearest of `names` as a question, and all of them unless they are many."""
    near = get_close_matches(name, names, n=1)
    if near and len(names) > MANY:
        return f"did you mean '{near[0]}'? There are {len(names)} names"
    asked = f"did you mean '{near[0]}'? " if near else ""
    return f"{asked}Allowed: {', '.join(names)}"


def unknown(names: Iterable[str | None], known: Collection[str], key: str) -> Iterator[str]:
    """A fault for each of the `names` in the entry `key` that is not among the `known` ones."""
    for name in names:
        if name not in known:
            yield f"{key}: unknown name '{name}'; {suggestion(str(name), list(known))}."


class Model(BaseModel):
    """A part of the configuration, whose keys are its fields and no others."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            allowed = [field.alias or name for name, field in cls.model_fields.items()]
            for key in values:
                if key not in allowed:
                    raise PydanticCustomError(
                        "unknown_key", f"unknown key '{key}'; {suggestion(key, allowed)}"
                    )
        return values


def partial(model: type[Model]) -> type[Model]:
    """A model of changes: the keys of `model`, each of which may be left out."""
    changes = {name: copy(field) for name, field in model.model_fields.items()}
    for field in changes.values():
        field.default = None
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in changes.items()}
    return create_model(f"{model.__name__}Changes", __base__=model, **fields)


class Typed(Model):
    """Something that a file implements."""

    type: str = Field(description="file of the kind's folder")
    options: dict[str, Any] = Field({}, alias="with", description="its parameters, by name")


class Dataset(Typed):
    """A source of data, a file of `fieldbench/datasets`."""

    scheme: Name | None = Field(None, description="inversion: a key of `inversion.schemes`")


class Experiment(Model):
    """What is run on which data, for an answer to one question; areas add what they need to it."""

    area: Name = Field(description="area whose experiment it is")
    title: str = Field("", description="heading on the page; the name where left out")
    answers: str = Field("", description="the question that it answers, for the page")
    data: list[Name] = Field(description="data sets, or what the area makes of them")
    methods: list[Pattern] = Field(description="methods that are run on each, by name or pattern")
    reference: Name | None = Field(None, description="method that the others are compared with")
    seeds: Seeds | None = Field(None, description="of trainings; the area's where left out")
    training: dict[str, Any] = Field({}, description="what its trainings do otherwise than the area's")
