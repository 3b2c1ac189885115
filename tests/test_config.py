"""The configuration is checked when it is loaded; a slip names its key and what is allowed."""

from pathlib import Path

import pytest
import yaml
from fieldbench import config as configuration
from fieldbench.errors import UserError
from snakemake.utils import update_config

ROOT = Path(__file__).resolve().parents[1]
OVERLAYS = sorted(
    str(path.relative_to(ROOT / "config"))
    for path in [*(ROOT / "config").glob("*.yaml"), *(ROOT / "config" / "own-data").glob("*.yaml")]
    if path.stem not in ("config", "schema", "claims")
)


def message(config):
    with pytest.raises(UserError) as caught:
        configuration.check(config)
    return str(caught.value)


def test_the_full_configuration_is_valid(full_config):
    configuration.check(full_config)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_overlay_is_valid_over_the_full_configuration(full_config, overlay):
    update_config(full_config, yaml.safe_load((ROOT / "config" / overlay).read_text()))
    configuration.check(full_config)


def test_a_misspelt_key_is_named_with_the_allowed_ones(full_config):
    full_config["devise"] = full_config.pop("device")
    found = message(full_config)
    assert "the top level: unknown key 'devise'; did you mean 'device'?" in found and "threads" in found


@pytest.mark.parametrize(("key", "value"), [("download", "false"), ("device", "gpu"), ("attempts", 0)])
def test_a_value_out_of_range_names_its_key(full_config, key, value):
    full_config[key] = value
    assert f"config: {key}" in message(full_config)


@pytest.mark.parametrize(("text", "number"), [("1e-3", "1.0e-3"), ("2.5e3", "2.5e+3"), ("-1E4", "-1.0e+4")])
def test_a_number_that_yaml_takes_for_text_is_said(full_config, text, number):
    assert yaml.safe_load(text) == text and yaml.safe_load(number) == float(text)
    full_config["datasets"]["sunspot-mg5173"]["with"]["noise"] = text
    assert f"YAML reads '{text}' as text: write {number}." in message(full_config)
    full_config["datasets"]["sunspot-mg5173"]["with"]["noise"] = 1e-3
    full_config["inversion"]["training"]["learning_rate"] = text
    assert f"YAML reads '{text}' as text: write {number}." in message(full_config)


def test_a_pattern_that_matches_no_experiment_is_named(full_config):
    full_config["run"] = ["strickt"]
    assert "run: no experiment matches 'strickt'; did you mean 'strict'?" in message(full_config)


def test_a_change_to_an_experiment_that_is_not_there_names_the_nearest(full_config):
    full_config["experiments"]["stict"] = {"methods": ["v0"]}
    assert "experiments.stict has no 'area'" in message(full_config)
    assert "did you mean 'strict'?" in message(full_config)
