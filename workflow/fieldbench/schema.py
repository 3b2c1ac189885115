"""The configuration's reference, for people and for editors: python -m fieldbench.schema ROOT."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from fieldbench import config, registry
from fieldbench.files import save_text
from fieldbench.report.formatting import table

PAGE, SCHEMA = "docs/configuration.md", "config/schema.json"
HEAD = """\
# Configuration, key by key

Written by `make schema` from the models that check a configuration when it is loaded. Names of things match `[a-z0-9-]+`.
The options of an entry's `type` stand in `with`; they are the parameters of the function that the type's file defines.

"""


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a configuration file, in which every key may be left out because files are merged."""
    schema = config.model().model_json_schema(by_alias=True)
    kinds = {area: _experiment(area) for area in registry.areas()}
    for area, kind in kinds.items():
        schema["$defs"] |= kind.pop("$defs", {}) | {f"experiment_of_{area}": kind}
    named = [{"$ref": f"#/$defs/experiment_of_{area}"} for area in kinds]
    schema["properties"]["experiments"]["additionalProperties"] = {"anyOf": named}
    for part in (schema, *schema["$defs"].values()):
        part.pop("required", None)
    return schema


def _experiment(area: str) -> dict[str, Any]:
    """The JSON Schema of an area's experiments, its parts named after the area."""
    kind = registry.part(area, "configuration").Experiment
    schema = kind.model_json_schema(by_alias=True, ref_template=f"#/$defs/{area}_{{model}}")
    schema["properties"]["area"] = {"const": area}
    parts = schema.pop("$defs", {})
    return {**schema, "$defs": {f"{area}_{name}": part for name, part in parts.items()}}


def page() -> str:
    """The reference as markdown: a table for the settings, each area's section and its experiments."""
    parts = [("Settings", config.Settings)]
    for area in registry.areas():
        module = registry.part(area, "configuration")
        parts += [(f"`{area}`", module.Area), (f"Experiments of `{area}`", module.Experiment)]
    sections = [f"## {title}\n\n{_table(_rows(model))}" for title, model in parts]
    sections += [
        f"## Data sets of type `{name}`\n\n{_table(_options(name))}"
        for name in registry.known_types("datasets")
    ]
    return HEAD + "\n\n".join(sections) + "\n"


def _options(dataset: str) -> Iterator[list[str]]:
    """What stands in `with` of a type of data sets; the program gives the rest."""
    meanings = registry.option_meanings("datasets", dataset)
    for name, (kind, needed) in config.option_types("datasets", dataset).items():
        if name not in config.GIVEN_TO_DATASETS:
            values = _values(TypeAdapter(kind).json_schema()) + (", needed" if needed else "")
            yield [f"`{name}`", values, meanings.get(name, "")]


def _table(rows: Iterator[list[str]]) -> str:
    return table(["Key", "Values", "Meaning"], list(rows), left=3)


def _rows(model: type[BaseModel], above: str = "") -> Iterator[list[str]]:
    properties = model.model_json_schema(by_alias=True)
    for name, field in model.model_fields.items():
        key = f"{above}{field.alias or name}"
        nested = _nested(field)
        values = "" if nested else _values(properties["properties"][field.alias or name])
        yield [f"`{key}`", values, field.description or ""]
        if nested:
            yield from _rows(nested, f"{key}{'.*' if _is_mapping(field) else ''}.")


def _nested(field: FieldInfo) -> type[BaseModel] | None:
    """The model that a field holds, by itself, as an option, or by name."""
    kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _is_mapping(field: FieldInfo) -> bool:
    return getattr(field.annotation, "__origin__", None) is dict


def _values(schema: dict[str, Any]) -> str:
    """What a value may be, in words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_values, schema["anyOf"])))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    limits = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {schema[name]:g}" for name, sign in limits.items() if name in schema]
    if schema.get("type") == "array":
        return f"list of {_values(schema.get('items', {}))}"
    return " ".join([schema.get("type", "any"), *bounds])


def write(root: Path) -> None:
    """Write both files below the project's folder."""
    save_text(page(), root / PAGE)
    save_text(json.dumps(json_schema(), indent=1) + "\n", root / SCHEMA)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
