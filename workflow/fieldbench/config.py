"""The configuration: checked when it is loaded, and resolved into what one job needs."""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from pydantic import TypeAdapter, ValidationError

from fieldbench import registry
from fieldbench.errors import UserError
from fieldbench.models import Model, suggestion
from fieldbench.physics import lines
from fieldbench.sparse import catalogue
from fieldbench.values import ANNOTATIONS

SCHEMA = Path(__file__).resolve().parents[2] / "config" / "schema.yaml"
DEFINITIONS = ("open", "strict")
GRID_KEYS = ("base_resolution", "max_resolution", "levels", "features", "table_size")
SUPPLIED = {
    "datasets": ("data_root", "download"),
    "figures": ("run",),
    "methods": ("problem",),
    "encoders": ("in_dim", *GRID_KEYS),
    "networks": ("in_dim", "out_dim", "hidden", "hidden_layers"),
}


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of the configuration."""
    return yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))


@cache
def accepted_parameters(kind: str, type_name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The parameters that a type takes, and those it cannot do without, read from its source: a check must not load torch.

    Raises:
        UserError: the type does not exist.
    """
    tree = registry.source(kind, type_name)
    name = registry.factory_name(kind)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    needed = {argument.arg for argument in positional[: len(positional) - len(arguments.defaults)]}
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    needed |= {argument.arg for argument, default in pairs if default is None}
    return frozenset(argument.arg for argument in [*positional, *arguments.kwonlyargs]), frozenset(needed)


def check(config: dict[str, Any]) -> None:
    """Check keys, types and ranges by the schema, then every name that one part of the config uses of another.

    Raises:
        UserError: the first fault, with the key and the allowed values.
    """
    errors = sorted(
        jsonschema.Draft202012Validator(schema()).iter_errors(config), key=lambda error: list(error.path)
    )
    if errors:
        raise UserError(_explain(errors[0]))
    for fault in _cross_references(config):
        raise UserError(f"config: {fault}")


def _explain(error: jsonschema.ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path) or "the top level"
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        patterns = [pattern for pattern in error.schema.get("patternProperties", {})]
        unknown = sorted(key for key in error.instance if key not in known)
        allowed = ", ".join(known) or f"names matching {', '.join(patterns)}"
        return f"config: unknown key {', '.join(map(repr, unknown))} in {where}; allowed: {allowed}."
    return f"config: {where}: {error.message}."


def check_area(config: dict[str, Any], area: str) -> Iterator[str]:
    """The faults of an area's section, its experiments and its figures, by the models of its `configuration.py`."""
    module = registry.part(area, "configuration")
    yield from _faults(module.Area, config[area], area)
    for name, entry in config["experiments"].items():
        if entry.get("area") == area:
            yield from _faults(module.Experiment, entry, f"experiments.{name}")
    for name, entry in config[area]["figures"].items():
        yield from options(f"{area}/figures", f"{area}.figures.{name}", entry, supplied=("run",))
    yield from module.faults(config)


def _faults(model: type[Model], entry: Any, key: str) -> Iterator[str]:
    try:
        model.model_validate(entry)
    except ValidationError as error:
        for fault in error.errors():
            yield f"{'.'.join(map(str, (key, *fault['loc'])))}: {fault['msg']}."


def options(
    kind: str,
    key: str,
    entry: dict[str, Any],
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
    given = {**entry.get("with", {}), **(more or {})}
    allowed = [name for name in parameters if name not in supplied]
    for name, value in given.items():
        place = key if name in (more or {}) else f"{key}.with"
        if name not in allowed:
            yield f"{place}: unknown key '{name}' of type '{entry['type']}'; {suggestion(name, allowed)}."
        elif fault := _mismatch(parameters[name][0], value):
            yield f"{place}.{name}: {fault}."
    for name in allowed:
        if parameters[name][1] and name not in given:
            yield f"{key}.with lacks '{name}', which type '{entry['type']}' needs."


def _mismatch(annotation: Any, value: Any) -> str:
    try:
        TypeAdapter(annotation).validate_python(value, strict=True)
    except ValidationError as error:
        return error.errors()[0]["msg"]
    return ""


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


def _cross_references(config: dict[str, Any]) -> Iterator[str]:
    for name, entry in config["datasets"].items():
        if "with" in entry:
            yield from options("datasets", f"datasets.{name}", entry, supplied=("data_root", "download"))
        else:
            yield from _parameters("datasets", f"datasets.{name}", entry["type"], dataset_parameters(entry))
    for name, entry in config["encoders"].items():
        network = network_spec(entry)
        own = {key: value for key, value in network.items() if key != "type"}
        yield from _parameters("networks", f"encoders.{name}.network", network["type"], own)
        for definition in DEFINITIONS:
            if applies(entry, definition):
                own = _own_parameters(entry, definition)
                yield from _parameters("encoders", f"encoders.{name}", entry["type"], own)
    for area, check_old in {
        "inversion": _inversion,
        "sparse": _sparse,
        "compression": None,
        "radiance": None,
    }.items():
        typed = (Path(registry.__file__).parent / area / "configuration.py").exists()
        yield from check_area(config, area) if typed else check_old(config)


def _inversion(config: dict[str, Any]) -> Iterator[str]:
    area = config["inversion"]
    for name in [*area["datasets"], *area["timing"]["datasets"]]:
        yield from _known(name, config["datasets"], "inversion.datasets")
        entry = config["datasets"][name]
        for key, names in (("scheme", config["schemes"]), ("line", lines.LINES)):
            yield from _known(entry.get(key), names, f"datasets.{name}.{key}")
    for regime, methods in area["plan"].items():
        yield from _known(regime, config["regimes"], "inversion.plan")
        for method in methods:
            yield from _method(config, regime, method)
    for regime in [*area["sweep"]["regimes"], *area["timing"]["regimes"]]:
        yield from _known(regime, config["regimes"], "inversion.sweep.regimes or inversion.timing.regimes")
    yield from _known(area["sweep"]["encoder"], config["encoders"], "inversion.sweep.encoder")
    yield from _figures(area, "inversion")


def _sparse(config: dict[str, Any]) -> Iterator[str]:
    area = config["sparse"]
    for name, task in area["tasks"].items():
        yield from _known(task["dataset"], config["datasets"], f"sparse.tasks.{name}.dataset")
    for name, entry in area["classical"].items():
        own = {key: value for key, value in entry.items() if key not in ("type", "description", "oracle")}
        yield from _parameters("sparse/methods", f"sparse.classical.{name}", entry["type"], own)
    learned = learned_methods(config)
    for name in area["models"]:
        catalogue.specification(learned[name])
        yield from _unlike(name, area["classical"], f"sparse.models.{name}")
    for group, entry in area["plan"].items():
        for task in entry["tasks"]:
            yield from _known(task, area["tasks"], f"sparse.plan.{group}.tasks")
        catalogue.matching(entry["methods"], [*area["classical"], *learned])
    for task in area["overfit"]["tasks"]:
        yield from _known(task, area["tasks"], "sparse.overfit.tasks")
    catalogue.matching(area["overfit"]["methods"], learned)
    yield from _figures(area, "sparse")


def learned_methods(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name -> description of every learned method of the sparse area; see `sparse.catalogue.learned`."""
    area = config["sparse"]
    return catalogue.learned(area["models"], area["backbones"], area["versions_on"], area["sampler_steps"])


def _figures(area: dict[str, Any], name: str) -> Iterator[str]:
    for figure, entry in area["figures"].items():
        own = {key: value for key, value in entry.items() if key != "type"}
        if name == "inversion":  # each of its figures is drawn of every data set
            own["dataset"] = ""
        yield from _parameters(f"{name}/figures", f"{name}.figures.{figure}", entry["type"], own)


def _unlike(name: str, names: Any, key: str) -> Iterator[str]:
    if name in names:
        yield f"{key} has the name of an untrained method; choose another."


def _known(name: str, names: Any, key: str) -> Iterator[str]:
    if name not in names:
        yield f"unknown name '{name}' in {key}; known: {', '.join(sorted(names))}."


def _method(config: dict[str, Any], regime: str, method: str) -> Iterator[str]:
    names = {**config["encoders"], **config["classical"]}
    yield from _known(method, names, f"inversion.plan.{regime}")
    definition = config["regimes"].get(regime, {}).get("definitions")
    if method in config["classical"] and definition is not None:
        yield f"'{method}' has no grid and belongs to a regime without `definitions`, not to inversion.plan.{regime}."
    entry = config["encoders"].get(method)
    if entry and not applies(entry, definition):
        defined = ", ".join(name for name in DEFINITIONS if name in entry) or "regimes without a grid"
        yield f"encoder '{method}' is not defined for regime '{regime}'; it is defined for: {defined}."


def _parameters(kind: str, key: str, type_name: str, own: dict[str, Any]) -> Iterator[str]:
    takes, needs = accepted_parameters(kind, type_name)
    supplied = set(SUPPLIED[kind.rpartition("/")[2]])
    if unknown := sorted(set(own) - takes):
        allowed = ", ".join(sorted(takes - supplied))
        yield f"unknown key {', '.join(map(repr, unknown))} in {key}; type '{type_name}' takes: {allowed}."
    if missing := sorted(needs - set(own) - supplied):
        yield f"{key} lacks {', '.join(map(repr, missing))}, which type '{type_name}' needs."


def dataset_parameters(entry: dict[str, Any]) -> dict[str, Any]:
    """What a dataset's entry passes to its `load`."""
    if "with" in entry:
        return entry["with"]
    return {key: value for key, value in entry.items() if key not in ("type", "scheme")}


def dataset_source(config: dict[str, Any], name: str) -> dict[str, Any]:
    """What decides whether a data set can be had: its type, its parameters and where files may come from."""
    entry = config["datasets"][name]
    where = {"data_root": config["data_root"], "download": config["download"]}
    return {"type_name": entry["type"], **where, **dataset_parameters(entry)}


def _own_parameters(entry: dict[str, Any], definition: str | None) -> dict[str, Any]:
    words = ("type", "description", "key_features", "network", *DEFINITIONS)
    common = {key: value for key, value in entry.items() if key not in words}
    return {**common, **entry.get(definition or "", {})}


def applies(entry: dict[str, Any], definition: str | None) -> bool:
    """Whether an encoder's entry is defined where a document's definitions (None: no grid) run."""
    has_grid = "levels" in accepted_parameters("encoders", entry["type"])[0]
    if not has_grid or definition is None:
        return not has_grid and definition is None
    return definition in entry or not any(name in entry for name in DEFINITIONS)


def network_spec(entry: dict[str, Any]) -> dict[str, Any]:
    """The network that reads an encoder's features: type and parameters; a multi-layer perceptron where none is named."""
    return entry.get("network", {"type": "mlp"})


def encoder_spec(config: dict[str, Any], regime: str, method: str) -> dict[str, Any]:
    """The encoder and network of one method in one regime, with all parameters: `{encoder: {...}, network: {...}}`."""
    grid = config["regimes"][regime]
    entry = config["encoders"][method]
    own = _own_parameters(entry, grid.get("definitions"))
    shared = {key: grid[key] for key in GRID_KEYS if key in grid}
    return {
        "encoder": {"type": entry["type"], **shared, **own},
        "network": entry.get("network", {"type": "mlp"}),
    }


def modules(config: dict[str, Any], *methods: str) -> list[str]:
    """The modules that the configuration picks for these methods' encoders and networks, for provenance."""
    entries = [config["encoders"][method] for method in methods if method in config["encoders"]]
    picked = {f"encoders.{entry['type']}" for entry in entries}
    return sorted(picked | {f"networks.{network_spec(entry)['type']}" for entry in entries})
