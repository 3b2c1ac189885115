"""What the configuration says of the area `compression`: its section, its experiments, and what names in them must be."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fieldbench import experiments, models
from fieldbench.config import options
from fieldbench.models import Model, Typed, unknown
from fieldbench.values import Count, Name, NotNegative, Pattern, Positive, Seeds


class Training(Model):
    """How learned codecs are fitted."""

    steps: Count = Field(description="of a fit, where the codec or its point says no other")
    checkpoint_seconds: NotNegative = Field(description="time between checkpoints, in seconds")


class Document(Model):
    """Which codecs the document is about, by name or pattern."""

    codecs: list[Pattern] = Field(description="its own")
    baselines: list[Pattern] = Field(description="whose sizes it compares its own with")
    rivals: list[Pattern] = Field(description="which it compares its own with by quality as perceived")


class Point(BaseModel):
    """What a learned codec does otherwise at one operating point: options of its `build`, and its bound."""

    model_config = ConfigDict(extra="allow", strict=True)

    max_error_share: Positive | None = Field(
        None, description="largest error allowed, as a share of the data's peak; any where left out"
    )


class Learned(Typed):
    """A codec that is trained on the field, a file of `fieldbench/compression/codecs`."""

    description: str = Field(description="what it is, for a reader")
    points: dict[Name, Point] = Field(min_length=1, description="its operating points")


class Standard(Typed):
    """A codec that is not trained, a file of `fieldbench/compression/standard`."""

    description: str = Field(description="what it is, for a reader")
    points: dict[Name, float] = Field(
        min_length=1,
        description="operating point -> its quality or, of one with bounded error, the largest error as a share of the "
        "data's peak",
    )


class Area(Model):
    """The section `compression`."""

    seeds: Seeds = Field(description="one fit of every learned codec per seed")
    training: Training = Field(description="of all learned codecs")
    document: Document = Field(description="which codecs the document is about")
    codecs: dict[Name, Learned] = Field(description="that are trained")
    standard: dict[Name, Standard] = Field(description="that are not")
    figures: dict[Name, Typed] = Field(description="files of `fieldbench/compression/figures`")


class Experiment(models.Experiment):
    """Codecs, its `methods`, at their operating points on fields, its `data`; experiments share their files."""

    kind: Literal["rate_distortion", "sweep", "scaling", "bounded"] = Field(
        description="what its section of the page shows"
    )
    option: str = Field("", description="of a sweep: the option that its points vary")
    points: list[Name] | None = Field(
        None, min_length=1, description="operating points that are run; all of a codec's where left out"
    )
    training: dict[str, Any] = Field({}, max_length=0, description="none: experiments share their files")


def codec_at(area: Mapping[str, Any], codec: str, point: str) -> dict[str, Any]:
    """Type and options of a learned codec at one of its operating points."""
    entry = area["codecs"][codec]
    options = {"steps": area["training"]["steps"], **entry.get("with", {}), **entry["points"][point]}
    return {"type": entry["type"], **options}


def faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Names that do not exist, and options that a type does not take."""
    area = config["compression"]
    codecs = {**area["codecs"], **area["standard"]}
    for name, entry in area["codecs"].items():
        if name in area["standard"]:
            yield f"compression.codecs.{name} has the name of a standard codec; choose another."
        for own in entry["points"].values():
            more = {key: value for key, value in own.items() if key != "max_error_share"}
            yield from options("compression/codecs", f"compression.codecs.{name}", entry, more=more)
    for name, entry in area["standard"].items():
        yield from options("compression/standard", f"compression.standard.{name}", entry)
    for part, patterns in area["document"].items():
        yield from experiments.unmatched(patterns, codecs, f"compression.document.{part}")
    yield from experiments.faults(config, "compression", codecs)
    for name, entry in config["experiments"].items():
        if entry["area"] == "compression":
            run = experiments.matching(entry["methods"], codecs)
            points = dict.fromkeys(point for codec in run for point in codecs[codec]["points"])
            yield from unknown(entry.get("points") or (), points, f"experiments.{name}.points")
