"""A slip in the area's part of the configuration names its key and what is allowed."""

import pytest
from fieldbench import config as configuration
from fieldbench.errors import UserError
from fieldbench.inversion import configuration as models
from fieldbench.inversion.specification import specification
from fieldbench.models import Model


def message(config):
    with pytest.raises(UserError) as caught:
        configuration.check(config)
    return str(caught.value)


@pytest.fixture
def area(full_config):
    return full_config["inversion"]


@pytest.fixture
def strict(full_config):
    return full_config["experiments"]["strict"]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("training", "steps", "step"),
        ("held_out", "fraction", "fractoin"),
        ("schemes.default.b_qu", "within", "withn"),
        ("regimes.strict", "levels", "level"),
        ("encoders.v1", "key_features", "key_feature"),
        ("encoders.siren", "network", "netwrok"),
    ],
)
def test_a_misspelt_key_is_named_with_the_nearest_one(full_config, area, path, old, new):
    entry = area
    for part in path.split("."):
        entry = entry[part]
    entry[new] = entry.pop(old)
    found = message(full_config)
    assert f"inversion.{path}: unknown key '{new}'; did you mean '{old}'?" in found


def test_a_misspelt_key_of_an_experiment_is_named_with_the_nearest_one(full_config, strict):
    strict["regims"] = strict.pop("regimes")
    assert "experiments.strict: unknown key 'regims'; did you mean 'regimes'?" in message(full_config)


@pytest.mark.parametrize(
    ("encoder", "options", "found"),
    [
        ("v1", {"indexin": "dense"}, "encoders.v1.with: unknown key 'indexin' of type 'multigrid'; did you mean"),
        ("v1", {"levels": 8}, "encoders.v1.with: unknown key 'levels'"),
        ("fourier", {"scale": "ten"}, "encoders.fourier.with.scale: Input should be a valid number"),
    ],
)  # fmt: skip
def test_options_of_an_encoder_are_those_that_its_type_takes(full_config, area, encoder, options, found):
    area["encoders"][encoder]["with"] = options
    assert f"inversion.{found}" in message(full_config)


def test_options_under_a_document_are_checked_too(full_config, area):
    area["encoders"]["v2"]["open"] = {"smothing": {}}
    assert "'smothing'" in message(full_config)


def test_options_of_a_network_and_of_a_classical_method_are_checked(full_config, area):
    area["encoders"]["siren"]["network"] = {"type": "siren", "with": {"frequenzy": 30.0}}
    assert "encoders.siren.network.with: unknown key 'frequenzy'" in message(full_config)
    del area["encoders"]["siren"]["network"]["with"]
    area["classical"]["regularized"]["with"] = {"alpha": [1.0]}
    assert "classical.regularized.with: unknown key 'alpha'" in message(full_config)


@pytest.mark.parametrize(("kind", "name"), [("encoders", "v1"), ("classical", "pixelwise")])
def test_an_unknown_type_lists_the_known_ones(full_config, area, kind, name):
    area[kind][name]["type"] = "multigird"
    found = message(full_config)
    assert "'multigird'" in found and ("multigrid" if kind == "encoders" else "regularized") in found


def test_an_encoder_must_not_be_named_like_a_classical_method(full_config, area):
    area["encoders"]["pixelwise"] = dict(area["encoders"]["v1"])
    assert "inversion.encoders.pixelwise has the name of a classical method" in message(full_config)


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("precision", "float16", "precision"),
        ("seeds", [], "seeds"),
        ("held_out", {"fraction": 1.5, "seed": 1}, "held_out.fraction"),
        ("training", {"steps": "eighty"}, "training.steps"),
        ("regimes", {"strict": {"definitions": "strict"}}, "regimes.strict: 'base_resolution' is needed"),
        ("schemes", {"one": {"b_los": {"formula": "wings"}}}, "schemes.one.b_los.formula"),
        ("validity", {"largest_splitting": 0}, "validity.largest_splitting"),
    ],
)
def test_a_value_out_of_range_names_its_key(full_config, area, key, value, where):
    area[key] = value
    assert f"config: inversion.{where}" in message(full_config)


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("data", ["plage-syntetic"], "data: unknown name 'plage-syntetic'; did you mean 'plage-synthetic'?"),
        ("regimes", ["strickt"], "regimes: unknown name 'strickt'; did you mean 'strict'?"),
        ("regimes", [], "regimes: List should have at least 1 item"),
        ("methods", ["v1", "v9"], "methods: 'v9' is not defined in regime strict; Allowed: v0, v1, "),
        (
            "methods",
            ["pixelwise"],
            "methods: 'pixelwise' is not defined in regime strict; it is in: reference.",
        ),
        (
            "methods",
            ["v6-half"],
            "methods: 'v6-half' is not defined in regime strict; it is in: open, as-run.",
        ),
        ("methods", ["w*"], "methods: 'w*' is not defined in regime strict"),
        ("reference", "v00", "reference: 'v00' is not defined in regime strict; did you mean 'v0'?"),
        ("kind", "sweep", "kind: Input should be 'comparison', 'resolutions' or 'timing'"),
        ("repetitions", 1, "repetitions: Input should be greater than or equal to 2"),
        (
            "training",
            {"steps": 9},
            "training: experiments of this area share their runs; set inversion.training",
        ),
    ],
)
def test_what_an_experiment_names_must_exist(full_config, strict, key, value, found):
    strict[key] = value
    assert f"config: experiments.strict.{found}" in message(full_config)


def test_an_experiment_belongs_to_an_area(full_config, strict):
    strict["area"] = "invertion"
    assert "experiments.strict.area: unknown name 'invertion'; did you mean 'inversion'?" in message(
        full_config
    )


@pytest.mark.parametrize(("key", "value"), [("scheme", "defautl"), ("scheme", None)])
def test_an_unknown_scheme_lists_the_known_ones(full_config, key, value):
    full_config["datasets"]["plage-synthetic"][key] = value
    found = message(full_config)
    assert f"datasets.plage-synthetic.scheme: unknown name '{value}'" in found and "default" in found


def test_an_unknown_line_lists_the_known_ones(full_config):
    full_config["datasets"]["plage-synthetic"]["with"]["line"] = "mg-5173"
    found = message(full_config)
    assert "datasets.plage-synthetic.with.line: unknown name 'mg-5173'; did you mean 'mg-i-5173'?" in found


def test_tiles_are_of_a_data_set_that_exists(full_config, area):
    area["tiles"] = {"plage-synthetik": 3}
    found = message(full_config)
    assert "inversion.tiles: unknown name 'plage-synthetik'; did you mean 'plage-synthetic'?" in found


def test_a_figure_needs_a_kind_of_experiment_that_exists(full_config, area):
    area["figures"]["maps"] = {"type": "maps", "needs": "resolution"}
    assert "inversion.figures.maps.needs: Input should be 'resolutions'" in message(full_config)


def own_cube(**changes):
    """An entry for a user's FITS cube."""
    options = {
        "path": "cube.fits",
        "line": "mg-i-5173",
        "axes": ["y", "x", "stokes", "wavelength"],
        "wavelengths": [-0.1, 0, 0.1],
        "noise": 1e-3,
    }
    return {"type": "fits_cube", "scheme": "default", "with": {**options, **changes}}


@pytest.mark.parametrize(
    "changes", [{}, {"axes": ["y", "stokes", "wavelength"]}, {"noise": [1e-3] * 4}, {"noise": "estimate"}]
)
def test_what_a_users_cube_may_say_is_accepted(full_config, changes):
    full_config["datasets"]["mine"] = own_cube(**changes)
    configuration.check(full_config)


@pytest.mark.parametrize(
    "changes",
    [
        {"axes": ["y", "x", "lambda", "stokes"]},
        {"noise": -1},
        {"noise": "1e-3"},
        {"stride": 0},
        {"crop": [0, 9]},
        {"pixel_arcsec": 0},
        {"continuum": "divided"},
    ],
)
def test_what_a_users_cube_may_not_say_is_named(full_config, changes):
    full_config["datasets"]["mine"] = own_cube(**changes)
    assert f"datasets.mine.with.{next(iter(changes))}" in message(full_config)


def test_a_parameter_that_a_dataset_needs_is_asked_for(full_config):
    full_config["datasets"]["mine"] = own_cube()
    del full_config["datasets"]["mine"]["with"]["path"]
    assert "datasets.mine.with lacks 'path'" in message(full_config)


def test_the_definition_that_runs_is_the_regimes(area):
    opened, strict = (specification(area, regime, "v2")["encoder"] for regime in ("open", "strict"))
    assert (opened["max_resolution"], strict["max_resolution"]) == (2048, 32)
    assert opened["smoothing"] != strict["smoothing"]
    assert not {"open", "strict", "description", "key_features", "definitions", "with"} & opened.keys()


def test_every_key_is_described():
    described = [kind for kind in vars(models).values() if isinstance(kind, type) and issubclass(kind, Model)]
    for model in described:
        assert not [name for name, field in model.model_fields.items() if not field.description], model
