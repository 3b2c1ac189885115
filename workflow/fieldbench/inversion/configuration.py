"""The configuration of the area: its section, its experiments, and what one of them names of the other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, NonNegativeInt, model_validator
from pydantic_core import PydanticCustomError

from fieldbench import models
from fieldbench.config import options
from fieldbench.inversion.specification import (
    DEFINITIONS,
    GRID_KEYS,
    Definition,
    applies,
    defined,
    matching,
    network,
)
from fieldbench.models import Model, Typed, suggestion, unknown
from fieldbench.physics import lines
from fieldbench.values import Count, Name, NotNegative, Positive, Seed, Seeds

GIVEN_TO_FIGURES = ("dataset",)  # by the plan: every figure is drawn of every data set
GIVEN_TO_NETWORKS = ("in_dim", "out_dim", "hidden", "hidden_layers")


class Training(Model):
    """Of the B_los model, and then of the model of B_Q and B_U."""

    steps: Count = Field(description="updates per phase, each over the whole field")
    learning_rate: Positive = Field(description="Adam's, at the start")
    plateau_patience: Count = Field(
        description="steps without improvement before the learning rate falls tenfold"
    )
    normalize_gradients: bool = Field(description="divide each tensor's gradient by its mean magnitude")
    hidden: Count = Field(description="neurons of a hidden layer")
    hidden_layers: Count = Field(description="number of hidden layers")
    checkpoint_seconds: NotNegative = Field(description="time between checkpoints, in seconds")


class HeldOut(Model):
    """The pixels that judge the methods."""

    fraction: float = Field(
        ge=0, lt=1, description="share of the usable pixels that no method sees; 0 for none"
    )
    seed: Seed = Field(description="draws the held-out pixels, the same for every method")


class Wavelengths(Model):
    """Which wavelengths a component is inferred from, and by which formula."""

    formula: Literal["wing", "core"] = Field(
        description="wing: first derivative; core: second derivative, for B_Q and B_U within the Doppler core"
    )
    derivative: Literal["centred", "spline"] | None = Field(
        None,
        description="of Stokes I; where left out, that with the least bias (B_los) or misfit (B_Q and B_U)",
    )
    within: Positive | None = Field(
        None, description="largest distance from the line's centre, in measured half widths"
    )
    beyond: NotNegative | None = Field(
        None, description="smallest distance from the line's centre, in measured half widths"
    )
    indices: list[NonNegativeInt] | None = Field(
        None, min_length=1, description="wavelength points by number, instead of distances"
    )


class Scheme(Model):
    """Wavelengths and formula of each component."""

    b_los: Wavelengths = Field(description="of the field along the line of sight")
    b_qu: Wavelengths = Field(description="of B_Q and B_U, the field across it")


class Validity(Model):
    """Where the weak-field approximation counts as valid."""

    largest_splitting: Positive = Field(
        description="Zeeman splitting over the measured half width, above which a pixel counts as outside"
    )


class Regime(Model):
    """The grid budget that all encoders of a regime share; none for methods without a grid."""

    definitions: Definition | None = Field(
        None,
        description="whose definition of an encoder runs: a document's, or that of the code that made its table",
    )
    base_resolution: Count | None = Field(None, description="lattice points per axis of the coarsest level")
    max_resolution: Count | None = Field(None, description="lattice points per axis of the finest level")
    levels: Count | None = Field(None, description="number of levels")
    features: Count | None = Field(None, description="features per lattice point")
    table_size: Count | None = Field(None, description="most rows of one level's table")

    @model_validator(mode="after")
    def _whole(self) -> "Regime":
        for key in GRID_KEYS:
            if self.definitions and getattr(self, key) is None:
                raise PydanticCustomError("no_grid", f"'{key}' is needed beside 'definitions'")
        return self


class Method(Typed):
    """Something that infers a field, as the page's tables describe it."""

    description: str = Field(description="the column Description")
    key_features: str = Field(description="the column Key features")


class Encoder(Method):
    """A trained method: a file of `fieldbench/encoders`."""

    network: Typed | None = Field(
        None, description="reads the features: a file of `fieldbench/networks`; an MLP where left out"
    )
    open: dict[str, Any] | None = Field(
        None, description="parameters where the open document's definitions run"
    )
    strict: dict[str, Any] | None = Field(
        None, description="parameters where the strict document's definitions run"
    )
    as_run: dict[str, Any] | None = Field(
        None, description="parameters where the definitions run that made the open document's table"
    )
    strict_as_run: dict[str, Any] | None = Field(
        None, description="parameters where the definitions run that made the strict document's table"
    )


class Figure(Typed):
    """A figure of every data set."""

    needs: Literal["resolutions"] | None = Field(
        None, description="kind of experiment without which it has nothing to show"
    )


class Area(Model):
    """The section `inversion`."""

    precision: Literal["float32", "bfloat16"] = Field(
        description="arithmetic of the networks on CUDA; a CPU always uses float32"
    )
    seeds: Seeds = Field(description="one training per seed")
    training: Training = Field(description="how every network is trained")
    held_out: HeldOut = Field(description="pixels that no method sees")
    schemes: dict[Name, Scheme] = Field(description="wavelengths and formula of each component")
    validity: Validity = Field(description="of the weak-field approximation")
    regimes: dict[Name, Regime] = Field(description="grid budgets")
    encoders: dict[Name, Encoder] = Field(description="trained methods")
    classical: dict[Name, Method] = Field(
        description="methods without a network, files of `fieldbench/inversion`"
    )
    tiles: dict[Name, Count] = Field(
        description="data sets, large maps, whose rows are dealt into so many tiles: jobs of their own by methods without "
        "a network"
    )
    figures: dict[Name, Figure] = Field(description="drawn of every data set")


class Experiment(models.Experiment):
    """Methods in each of the regimes where they are defined, on each of the data sets; experiments share their runs."""

    kind: Literal["comparison", "resolutions", "timing"] = Field(
        "comparison",
        description="resolutions: the first method over its regimes, which differ in max_resolution alone; timing: steps of "
        "the methods that other experiments run there, measured in turn within one job",
    )
    regimes: list[Name] = Field(min_length=1, description="keys of `inversion.regimes`")
    repetitions: int = Field(9, ge=2, description="of a timing, interleaved")


def faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Names that lead nowhere, and options that a type does not take."""
    area = config["inversion"]
    yield from _method_options(area)
    yield from unknown(area["tiles"], config["datasets"], "inversion.tiles")
    for name, entry in config["experiments"].items():
        if entry.get("area") == "inversion":
            key, experiment = f"experiments.{name}", Experiment(**entry)
            lost = [
                *unknown(experiment.data, config["datasets"], f"{key}.data"),
                *unknown(experiment.regimes, area["regimes"], f"{key}.regimes"),
            ]
            yield from lost or _experiment(config, key, experiment)


def _method_options(area: Mapping[str, Any]) -> Iterator[str]:
    for name, entry in area["classical"].items():
        yield from options("inversion", f"inversion.classical.{name}", entry, supplied=("problem",))
    for name, entry in area["encoders"].items():
        key = f"inversion.encoders.{name}"
        if name in area["classical"]:
            yield f"{key} has the name of a classical method; choose another."
        yield from options("networks", f"{key}.network", network(entry), supplied=GIVEN_TO_NETWORKS)
        for definition in [each for each in (None, *DEFINITIONS) if applies(entry, each)]:
            given = ("in_dim", *GRID_KEYS)
            yield from options("encoders", key, entry, supplied=given, more=entry.get(definition))


def _experiment(config: Mapping[str, Any], key: str, experiment: Experiment) -> Iterator[str]:
    area = config["inversion"]
    for name in experiment.data:
        entry = config["datasets"][name]
        yield from unknown([entry.get("scheme")], area["schemes"], f"datasets.{name}.scheme")
        yield from unknown([entry.get("with", {}).get("line")], lines.LINES, f"datasets.{name}.with.line")
    yield from _undefined(area, experiment.methods, experiment.regimes, f"{key}.methods")
    if experiment.reference:
        yield from _undefined(area, [experiment.reference], experiment.regimes, f"{key}.reference")
    if experiment.training:
        yield f"{key}.training: experiments of this area share their runs; set inversion.training instead."


def _undefined(
    area: Mapping[str, Any], patterns: Sequence[str], regimes: Sequence[str], key: str
) -> Iterator[str]:
    """Those of `patterns` that stand for no method in any of `regimes`."""
    for pattern in patterns:
        if not any(matching(area, [pattern], regime) for regime in regimes):
            elsewhere = [regime for regime in area["regimes"] if matching(area, [pattern], regime)]
            known = list(dict.fromkeys(name for regime in regimes for name in defined(area, regime)))
            where = f"it is in: {', '.join(elsewhere)}" if elsewhere else suggestion(pattern, known)
            yield f"{key}: '{pattern}' is not defined in regime {' or '.join(regimes)}; {where}."
