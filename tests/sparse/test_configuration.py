"""A slip in the area's part of the configuration names its key and what is allowed."""

import pytest
from fieldbench import config as configuration
from fieldbench.errors import UserError
from fieldbench.sparse.configuration import Area, Experiment


@pytest.fixture
def fault(full_config):
    """The first fault of the area once `change` was made in a part of the configuration, found by its keys."""

    def found(*keys, **change):
        part = full_config
        for key in keys:
            part = part[key]
        part.update({"with" if key == "options" else key: value for key, value in change.items()})
        try:
            configuration.check(full_config)
        except UserError as error:
            return str(error)
        return ""

    return found


def test_the_area_as_it_stands_has_no_fault(fault):
    assert fault() == ""


@pytest.mark.parametrize(
    ("keys", "change", "texts"),
    [
        (["sparse"], {"seed": [1]}, ["unknown key 'seed'; did you mean 'seeds'?"]),
        (["sparse"], {"seeds": []}, ["sparse.seeds: List should have at least 1 item"]),
        (["sparse", "training"], {"step": 3}, ["sparse.training: unknown key 'step'; did you mean 'steps'?"]),
        (["sparse", "training"], {"batch": 0}, ["sparse.training.batch: Input should be greater"]),
        (["sparse", "tasks", "sst"], {"dataset": "sts"}, ["sparse.tasks.sst.dataset", "did you mean 'sst'?"]),
        (["sparse", "tasks", "sst"], {"mask": "unifrom"}, ["sparse.tasks.sst.mask", "'uniform'"]),
        (["sparse", "tasks", "sst"], {"fraction": 1.5}, ["sparse.tasks.sst.fraction: Input should be less"]),
        (["sparse"], {"versions_on": "mambo"}, ["sparse.versions_on", "did you mean 'mamba'?"]),
    ],
)
def test_a_slip_in_the_section(fault, keys, change, texts):
    found = fault(*keys, **change)
    assert all(text in found for text in texts), found


@pytest.mark.parametrize(
    ("keys", "change", "texts"),
    [
        (["classical", "hybrid"], {"options": {"taper": [1.0]}}, ["classical.hybrid.with", "'tapers'"]),
        (["classical", "hybrid"], {"options": {"tapers": 1.0}}, ["sparse.classical.hybrid.with.tapers"]),
        (["classical", "hybrid"], {"type": "hybird"}, ["Unknown type 'hybird' in sparse/methods", "hybrid"]),
        (["backbones", "mamba", "with"], {"layer": 2}, ["sparse.backbones.mamba.with", "'layers'"]),
        (["backbones", "kriging"], {"options": {"hidden": 8}}, ["sparse.backbones.kriging.with lacks 'rounds'"]),
        (["models", "mamba"], {"backbone": "mambo"}, ["sparse.models.mamba.backbone", "'mamba'"]),
        (["models", "mamba"], {"options": {"objectiv": "mean"}}, ["sparse.models.mamba.with", "'objective'"]),
        (["models", "mamba"], {"options": {"objective": "men"}}, ["sparse.models.mamba.with.objective", "'mean'"]),
        (["models", "mamba"], {"options": {"samples": "eight"}}, ["sparse.models.mamba.with.samples", "integer"]),
        (["models", "mamba"], {"options": {"reflow": 0.3}}, ["sparse.models.mamba", "`reflow` is of a flow"]),
        (["models", "transformer-flow-posterior", "with"], {"prior": {"type": "hybrid", "with": {"taper": 1}}},
         ["sparse.models.transformer-flow-posterior.with.prior", "'tapers'"]),
        (["figures", "bar", "with"], {"tasks": ["simpel"]}, ["sparse.figures.bar.with", "'simple'"]),
        (["figures", "diagnostics", "with"], {"classical": ["liner"]}, ["sparse.figures.diagnostics.with", "'linear'"]),
        (["figures", "training", "with"], {"tsak": "simple"}, ["sparse.figures.training.with", "'task'"]),
    ],
)  # fmt: skip
def test_a_slip_in_what_exists(fault, keys, change, texts):
    found = fault("sparse", *keys, **change)
    assert all(text in found for text in texts), found


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        ({"data": ["simpel"]}, ["experiments.networks.data", "did you mean 'simple'?"]),
        (
            {"methods": ["transfromer*"]},
            ["experiments.networks.methods", "'transfromer*'", "did you mean 'transformer'?"],
        ),
        ({"method": ["mamba"]}, ["experiments.networks: unknown key 'method'; did you mean 'methods'?"]),
        ({"training": {"stpes": 3}}, ["experiments.networks.training: unknown key 'stpes'", "'steps'"]),
        ({"training": {"steps": None}}, ["experiments.networks.training.steps"]),
        ({"overfit": {"fields": 0, "masks": "frozen"}}, ["experiments.networks.overfit.fields"]),
        (
            {"overfit": {"fields": 1, "masks": "frozen"}, "methods": ["nearest"]},
            ["unknown name 'nearest'"],
        ),
        ({"reference": "linear"}, ["experiments.networks.reference"]),
    ],
)
def test_a_slip_in_an_experiment(fault, change, texts):
    found = fault("experiments", "networks", **change)
    assert all(text in found for text in texts), found


def test_a_learned_method_must_not_be_named_like_a_classical_one(full_config, fault):
    full_config["sparse"]["models"]["stack"] = dict(full_config["sparse"]["models"]["mamba"])
    assert "sparse.models.stack has the name of an untrained method" in fault()


@pytest.mark.parametrize("model", [Area, Experiment])
def test_every_key_is_described(model):
    schema = model.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        assert [key for key, entry in part["properties"].items() if "description" not in entry] == []
