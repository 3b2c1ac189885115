"""The configuration is checked when it is loaded; a slip names its key and what is allowed."""

import re
from pathlib import Path

import pytest
import yaml
from fieldbench import config as configuration
from fieldbench.errors import UserError
from snakemake.utils import update_config

ROOT = Path(__file__).resolve().parents[1]
OVERLAYS = sorted(
    path.name for path in (ROOT / "config").glob("*.yaml") if path.stem not in ("config", "schema", "claims")
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
    full_config["training"]["epoch"] = full_config["training"].pop("epochs")
    found = message(full_config)
    assert "'epoch'" in found and "training" in found and "epochs" in found


def test_a_misspelt_parameter_of_an_encoder_is_named_with_the_allowed_ones(full_config):
    full_config["encoders"]["v1"]["indexin"] = full_config["encoders"]["v1"].pop("indexing")
    found = message(full_config)
    assert "'indexin'" in found and "encoders.v1" in found and "indexing" in found


def test_a_misspelt_parameter_of_a_network_is_named_with_the_allowed_ones(full_config):
    full_config["encoders"]["siren"]["network"] = {"type": "siren", "frequenzy": 30.0}
    found = message(full_config)
    assert "'frequenzy'" in found and "encoders.siren.network" in found and "frequency" in found


def test_a_parameter_that_a_dataset_needs_is_asked_for(full_config):
    full_config["datasets"]["mine"] = {"type": "fits_cube", "line": "mg-i-5173", "scheme": "default"}
    assert re.search(r"datasets\.mine lacks .*'path'", message(full_config))


def own_cube(**changes):
    """An entry for a user's FITS cube."""
    entry = {
        "type": "fits_cube",
        "line": "mg-i-5173",
        "scheme": "default",
        "path": "cube.fits",
        "wavelengths": [-0.1, 0, 0.1],
    }
    return {**entry, "axes": ["y", "x", "stokes", "wavelength"], "noise": 1e-3, **changes}


@pytest.mark.parametrize(
    "changes", [{}, {"axes": ["y", "stokes", "wavelength"]}, {"noise": [1e-3] * 4}, {"noise": "estimate"}]
)
def test_what_a_users_cube_may_say_is_accepted(full_config, changes):
    full_config["datasets"]["mine"] = own_cube(**changes)
    configuration.check(full_config)


@pytest.mark.parametrize(
    "changes", [{"axes": ["y", "x", "lambda", "stokes"]}, {"noise": -1}, {"stride": 0}, {"crop": [0, 9]}]
)
def test_what_a_users_cube_may_not_say_is_named(full_config, changes):
    full_config["datasets"]["mine"] = own_cube(**changes)
    assert f"datasets.mine.{next(iter(changes))}" in message(full_config)


def test_an_unknown_encoder_in_the_plan_lists_the_known_ones(full_config):
    full_config["inversion"]["plan"]["strict"].append("v9")
    found = message(full_config)
    assert "'v9'" in found and "inversion.plan.strict" in found and "v6" in found


def test_an_encoder_outside_its_document_is_refused(full_config):
    full_config["inversion"]["plan"]["open"].append("v5")
    assert "encoder 'v5' is not defined for regime 'open'; it is defined for: strict" in message(full_config)


def test_a_method_without_grid_is_refused_in_a_grid_regime(full_config):
    full_config["inversion"]["plan"]["strict"].append("pixelwise")
    assert "'pixelwise' has no grid" in message(full_config)


def test_an_unknown_type_lists_the_known_ones(full_config):
    full_config["encoders"]["v1"]["type"] = "multigird"
    found = message(full_config)
    assert "'multigird'" in found and "multigrid" in found


def test_an_unknown_line_lists_the_known_ones(full_config):
    full_config["datasets"]["plage-synthetic"]["line"] = "mg-5173"
    found = message(full_config)
    assert "mg-5173" in found and "mg-i-5173" in found and "datasets.plage-synthetic" in found


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("precision", "float16"),
        ("download", "false"),
        ("seeds", []),
        ("held_out", {"fraction": 1.5, "seed": 1}),
    ],
)
def test_a_value_out_of_range_names_its_key(full_config, key, value):
    full_config[key] = value
    assert f"config: {key}" in message(full_config)


def test_the_definition_that_runs_is_the_regimes(full_config):
    opened = configuration.encoder_spec(full_config, "open", "v2")["encoder"]
    strict = configuration.encoder_spec(full_config, "strict", "v2")["encoder"]
    assert (opened["max_resolution"], strict["max_resolution"]) == (2048, 32)
    assert opened["smoothing"] != strict["smoothing"]
    assert not {"open", "strict", "description", "key_features", "definitions"} & opened.keys()


def test_every_key_of_the_configuration_is_described():
    def undescribed(schema, path=""):
        for name, entry in schema.get("properties", {}).items():
            if not (
                {"description", "$ref"} & entry.keys()
                or "properties" in entry
                or name in ("type", "key_features")
            ):
                yield f"{path}.{name}"
            yield from undescribed(entry, f"{path}.{name}")

    schema = configuration.schema()
    plain = {
        key: entry
        for key, entry in schema["properties"].items()
        if key not in ("encoders", "classical", "datasets")
    }
    assert not list(undescribed({"properties": plain}))


def test_stokes_profiles_need_a_line(full_config):
    del full_config["datasets"]["plage-synthetic"]["line"]
    assert "datasets.plage-synthetic" in message(full_config)
