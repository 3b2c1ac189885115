"""The configuration of an area that has no `configuration.py` of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from fieldbench.models import Experiment, Typed

__all__ = ["Area", "Experiment", "faults"]


class Area(BaseModel):
    """An area's section, with what every area has and keys of any other name."""

    model_config = ConfigDict(extra="allow")

    seeds: list[int] = Field(description="of trainings")
    figures: dict[str, Typed] = Field(
        {}, description="name -> type (a file of the area's `figures`) and options"
    )


def faults(config: Mapping[str, Any]) -> Iterator[str]:
    """No fault: nothing is known of the area's names."""
    return iter(())
