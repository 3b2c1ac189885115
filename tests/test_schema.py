"""The configuration's reference says what the models say, and editors accept the studies that there are."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from fieldbench import config, registry, schema

ROOT = Path(__file__).resolve().parents[1]
FILES = [*(ROOT / "config").glob("*.yaml"), *(ROOT / "config").glob("*/*.yaml")]
CONFIGURATIONS = [file for file in FILES if file.parent.name != "claims"]


def test_both_files_are_those_that_the_models_give():
    assert (ROOT / schema.PAGE).read_text(encoding="utf-8") == schema.page(), "run `make schema`"
    assert json.loads((ROOT / schema.SCHEMA).read_text(encoding="utf-8")) == schema.json_schema(), (
        "run `make schema`"
    )


@pytest.mark.parametrize("file", CONFIGURATIONS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_an_editor_accepts_every_configuration_file(file):
    jsonschema.validate(yaml.safe_load(file.read_text(encoding="utf-8")), schema.json_schema())


def test_an_editor_refuses_a_wrong_value():
    with pytest.raises(jsonschema.ValidationError, match="0 is less"):
        jsonschema.validate({"threads": 0}, schema.json_schema())


def test_every_key_is_described():
    modules = [registry.part(area, "configuration") for area in registry.areas()]
    models = [
        config.Settings,
        *(module.Area for module in modules),
        *(module.Experiment for module in modules),
    ]
    for model in models:
        assert all(row[2] for row in schema._rows(model)), model


def test_every_option_of_every_data_set_is_described():
    for name in registry.known_types("datasets"):
        assert all(row[2] for row in schema._options(name)), name


def test_options_say_their_values_and_whether_they_are_needed():
    rows = {row[0]: row[1:] for row in schema._options("fits_cube")}
    assert rows["`medium`"] == ["`air`, `vacuum`", "of absolute wavelengths, air or vacuum."]
    assert rows["`path`"][0] == "string or list of string, needed"
    assert "`data_root`" not in rows
