"""The configuration: one typed model made of the house's keys and every area's, checked when it is loaded."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, create_model
from snakemake.utils import update_config

from fieldbench import experiments, registry
from fieldbench.errors import UserError
from fieldbench.models import Dataset, Model, suggestion, unknown
from fieldbench.values import ANNOTATIONS, Count, Name, Pattern

NUMBER = re.compile(r"(?P<whole>[-+]?[0-9]+\.?[0-9]*)[eE](?P<exponent>[-+]?[0-9]+)")
NO_FOLDER = ("None", "null", "~")  # as `--config data_root=` and `--config data_root=null` arrive
GIVEN_TO_DATASETS = ("data_root", "download")
GIVEN_TO_FIGURES = ("study",)  # and what an area's plan adds, by the same name in its configuration


class PathVars(Model):
    """Parts of paths."""

    results: str = Field(description="folder that everything is written to")


class Margins(Model):
    """What is no difference in practice: a recommendation names the cheapest method that is worse by no more."""

    misfit_percent: float = Field(ge=0, description="of a misfit or an error")
    psnr_db: float = Field(ge=0, description="of a PSNR")
    bytes_percent: float = Field(ge=0, description="of a file's size at equal quality")


class Settings(Model):
    """What is no area's own."""

    pathvars: PathVars = Field(description="parts of paths")
    about: str = Field(description="what the study is for, said on its first page; may be empty")
    run: list[Pattern] = Field(
        description="experiments that are run: names, `area/name`, or patterns of either"
    )
    data_root: str | None = Field(
        description="folder that is looked in for data files before anything is downloaded"
    )
    download: bool = Field(description="fetch missing files from their pinned addresses, checked by checksum")
    device: Literal["auto", "cpu", "cuda"] = Field(
        description="what trainings run on; auto: a GPU if there is one"
    )
    threads: Count = Field(description="CPU threads of one training")
    gpu_jobs_per_device: Count = Field(description="trainings that share a GPU")
    attempts: Count = Field(description="times that a training is started before its failure stands")
    memory_mb: Count = Field(
        description="of a training's first attempt, in MiB; each further one gets as much again"
    )
    runtime_minutes: Count = Field(
        description="of one attempt of a training; the next goes on from its checkpoint"
    )
    margins: Margins = Field(description="differences that do not matter in practice")
    datasets: dict[Name, Dataset] = Field(
        description="data that exist: type (a file of `datasets`) and options"
    )
    experiments: dict[Name, Any] = Field(description="what can be run; see below")


@cache
def model() -> type[Settings]:
    """The whole configuration's model: the settings, and a section per area."""
    sections: dict[str, Any] = {
        area: (
            registry.part(area, "configuration").Area,
            Field(description=registry.part(area, "plan").QUESTION),
        )
        for area in registry.areas()
    }
    return create_model("Configuration", __base__=Settings, **sections)


def completed(own: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The configuration that `own` changes: config.yaml and catalogue/*.yaml of `folder`, with `own` over them.

    An experiment that is given data other than its own loses the title and the question that were written for those.
    """
    config: dict[str, Any] = {}
    for file in (folder / "config.yaml", *sorted((folder / "catalogue").glob("*.yaml"))):
        update_config(config, yaml.safe_load(file.read_text(encoding="utf-8")))
    defaults = deepcopy(config["experiments"])
    update_config(config, deepcopy(own))
    if config["data_root"] in NO_FOLDER:
        config["data_root"] = None
    for name, default in defaults.items():
        _drop_words(config["experiments"], name, default)
    return config


def _drop_words(experiments: Any, name: str, default: Mapping[str, Any]) -> None:
    """Take the words of the default from an experiment that has other data; what is no experiment is for `check` to say."""
    entry: Any = experiments.get(name) if isinstance(experiments, Mapping) else None
    data = entry.get("data") if isinstance(entry, Mapping) else None
    if isinstance(data, list) and not {str(each) for each in data} <= set(default["data"]):
        for word in ("title", "answers"):
            if word in entry and entry[word] == default.get(word):
                del entry[word]


def check_arguments(arguments: Sequence[str]) -> None:
    """Check what Snakemake takes without a word and does not do.

    Raises:
        UserError: `--configfile` stands twice, of which Snakemake reads the last alone.
    """
    flags = [word for word in arguments if re.fullmatch("--configfiles?(=.*)?", word)]
    if len(flags) > 1:
        raise UserError(
            "--configfile stands twice, and Snakemake would read the last alone; write --configfile A.yaml B.yaml."
        )


def check(config: Mapping[str, Any]) -> None:
    """Check keys, types and ranges by the models, options by their types' signatures, then names used of one another.

    A text where none is meant is replaced by what YAML reads in it: Snakemake's `--config` gives `false` as text.

    Raises:
        UserError: the first fault, with the key and the nearest or the allowed values.
    """
    for fault in _faults(config):
        raise UserError(f"config: {fault}")


def _faults(config: Mapping[str, Any]) -> Iterator[str]:
    yield from _mismatches(model(), config)
    if config["data_root"] and not Path(config["data_root"]).is_dir():
        yield f"data_root: there is no folder {config['data_root']}; correct it, or leave it out."
    for name, entry in config["datasets"].items():
        yield from options("datasets", f"datasets.{name}", entry, GIVEN_TO_DATASETS)
    for name, entry in config["experiments"].items():
        yield from _experiment(name, entry, [other for other in config["experiments"] if other != name])
    for area in registry.areas():
        module = registry.part(area, "configuration")
        given = (*GIVEN_TO_FIGURES, *getattr(module, "GIVEN_TO_FIGURES", ()))
        for name, entry in config[area]["figures"].items():
            yield from options(f"{area}/figures", f"{area}.figures.{name}", entry, given)
        yield from module.faults(config)
    experiments.selected(config)


def _experiment(name: str, entry: Any, names: Sequence[str]) -> Iterator[str]:
    key, area = f"experiments.{name}", entry.get("area") if isinstance(entry, Mapping) else None
    if area in registry.areas():
        yield from _mismatches(registry.part(area, "configuration").Experiment, entry, key)
    elif area is None:
        yield f"{key} has no 'area'; a change to an experiment needs its name: {suggestion(name, names)}."
    else:
        yield from unknown([area], registry.areas(), f"{key}.area")


def _mismatches(kind: type[BaseModel], entry: Any, *key: str) -> Iterator[str]:
    for fault in _unmet(kind.model_validate, {"": entry}, ""):
        *parts, last = (*key, *fault["loc"]) or ("the top level",)
        if last == "[key]":
            yield f"{'.'.join(map(str, parts[:-1]))}: a name may hold a-z, 0-9 and hyphens; rename '{parts[-1]}'."
        else:
            yield f"{'.'.join(map(str, (*parts, last)))}: {fault['msg']}{_remedy(fault['input'])}."


def _unmet(validate: Callable[[Any], Any], holder: dict[str, Any], key: str) -> list[Any]:
    """What is wrong with `holder[key]`, as pydantic says it, once texts are read where none is meant."""
    for _ in range(2):
        try:
            validate(holder[key])
            return []
        except ValidationError as error:
            faults = error.errors()
        if not any([_read_text(holder, (key, *fault["loc"])) for fault in faults]):
            break
    return faults


def _read_text(holder: Any, place: Sequence[Any]) -> bool:
    """Put what YAML reads in the text at a place there, and tell whether it is anything but a text."""
    *parts, last = place
    try:
        for part in parts:
            holder = holder[part]
        read = yaml.safe_load(holder[last])
    except (LookupError, TypeError, AttributeError, yaml.YAMLError):
        return False  # no text, or a place inside a choice of types
    if isinstance(read, str):
        return False
    holder[last] = read
    return True


def options(
    kind: str,
    key: str,
    entry: Mapping[str, Any],
    supplied: Sequence[str] = (),
    more: dict[str, Any] | None = None,
) -> Iterator[str]:
    """The faults of the options of a `Typed` entry, by the signature of its type's factory.

    Args:
        kind: folder of the types.
        key: of the entry, for messages.
        entry: `type` and `with`.
        supplied: parameters that the program gives.
        more: options that stand elsewhere than in `with`.
    """
    parameters = option_types(kind, entry["type"])
    own, more = entry.get("with", {}), more or {}
    allowed = [name for name in parameters if name not in supplied]
    for name in {**own, **more}:
        place, holder = (key, more) if name in more else (f"{key}.with", own)
        if name not in allowed:
            yield f"{place}: unknown key '{name}' of type '{entry['type']}'; {suggestion(name, allowed)}."
        elif faults := _unmet(partial(_validate, parameters[name][0]), holder, name):
            yield f"{place}.{name}: {faults[0]['msg']}{_remedy(faults[0]['input'])}."
    for name in allowed:
        if parameters[name][1] and name not in own and name not in more:
            yield f"{key}.with lacks '{name}', which type '{entry['type']}' needs."


def _validate(annotation: Any, value: Any) -> None:
    TypeAdapter(annotation).validate_python(value, strict=True)


def _remedy(value: Any) -> str:
    """How to write a number that YAML 1.1 takes for text: its floats need a dot, and a sign in the exponent."""
    number = NUMBER.fullmatch(value) if isinstance(value, str) else None
    if number is None:
        return ""
    whole, exponent = number["whole"], number["exponent"]
    dot, sign = "" if "." in whole else ".0", "" if exponent[0] in "+-" else "+"
    return f", and YAML reads '{value}' as text: write {whole}{dot}e{sign}{exponent}"


@cache
def option_types(kind: str, type_name: str) -> dict[str, tuple[Any, bool]]:
    """Parameter -> its type and whether it is needed, read from the factory's source: a check must not load torch.

    Raises:
        UserError: the type does not exist.
    """
    name = registry.factory_name(kind)
    body = registry.source(kind, type_name).body
    arguments = next(node for node in body if isinstance(node, ast.FunctionDef) and node.name == name).args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [
        *[None] * (len(positional) - len(arguments.defaults)),
        *arguments.defaults,
        *arguments.kw_defaults,
    ]
    return {
        argument.arg: (_evaluated(argument.annotation), default is None)
        for argument, default in zip([*positional, *arguments.kwonlyargs], defaults, strict=True)
    }


def _evaluated(annotation: ast.expr | None) -> Any:
    """The type that an annotation names; anything where it is made of others than `values.ANNOTATIONS`."""
    if annotation is None:
        return Any
    try:
        return eval(compile(ast.Expression(annotation), "annotation", "eval"), dict(ANNOTATIONS))
    except (NameError, AttributeError):
        return Any


def dataset_source(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What decides whether a data set can be had: its type, its parameters and where files may come from."""
    entry = config["datasets"][name]
    where = {"data_root": config["data_root"], "download": config["download"]}
    return {"type_name": entry["type"], **where, **entry.get("with", {})}
