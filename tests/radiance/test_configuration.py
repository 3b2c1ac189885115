"""A slip in the area's part of the configuration names its key and what is allowed."""

import pytest
from fieldbench import config as configuration
from fieldbench.radiance.configuration import Area, Experiment
from fieldbench.radiance.report.metrics import METRICS

from tests.configured import change, descriptions, message


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("training.step", 9, "radiance.training: unknown key 'step'; did you mean 'steps'?"),
        ("training.samples", 9, "radiance.training.samples: Input should be greater than or equal to 256"),
        ("training.seconds", 0, "radiance.training.seconds: Input should be greater than 0"),
        ("training.goals_db", [25, 120], "radiance.training.goals_db.1: Input should be less than or equal to 99"),
        ("methods.hash.with.terminaton", True, "methods.hash.with: unknown key 'terminaton'; did you mean 'termination'?"),
        ("methods.hash.with.marching", "denes", "methods.hash.with.marching: Input should be 'occupancy' or 'dense'"),
        ("methods.hash-dense.with.hull", True, "methods.hash-dense.with: 'hull' and 'occupancy' are of the marching"),
        ("methods.voxel.with.field", {"resolution": 8}, "radiance.methods.voxel.with: 'field' needs its 'type'"),
        ("methods.voxel.with.field.resolutoin", 8, "voxel.with.field: unknown key 'resolutoin' of type 'voxel'; did you"),
        ("methods.voxel.with.field.resolution", 0, "methods.voxel.with.field.resolution: Input should be greater than or"),
        ("methods.voxel.with.field.type", "voxels", "Unknown type 'voxels' in radiance/fields; known: frequency, hash"),
        ("methods.hash-hull.of", "hahs", "radiance.methods.hash-hull.of: unknown name 'hahs'; did you mean 'hash'?"),
        ("methods.voxel.adds", "masks", "radiance.methods.voxel: one of 'without' and 'adds' stands beside 'of'"),
        ("figures.views-mic.with.vieuw", 1, "radiance.figures.views-mic.with: unknown key 'vieuw' of type 'views'; did you"),
        ("figures.views-mic.with.experiment", "hole", "views-mic.with.experiment: unknown name 'hole'; did you mean"),
        ("orbits.mic.pixels", 7, "radiance.orbits.mic.pixels: Input should be greater than or equal to 8"),
        ("orbits.mic.method", "hsah", "radiance.orbits.mic.method: unknown name 'hsah'; did you mean 'hash'?"),
        ("orbits.mice", {"experiment": "whole", "method": "hash", "pixels": 8}, "radiance.orbits: unknown name 'mice'"),
    ],
)  # fmt: skip
def test_a_slip_in_the_section_is_named_with_its_remedy(full_config, path, value, found):
    change(full_config["radiance"], path, value)
    assert found in message(full_config)


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("scenes", ["mic"], "experiments.whole: unknown key 'scenes'"),
        ("data", ["micc"], "experiments.whole.data: unknown name 'micc'; did you mean 'mic'?"),
        ("methods", ["hush"], "experiments.whole.methods: unknown name 'hush'; did you mean 'hash'?"),
        ("reference", "hush", "experiments.whole.reference: unknown name 'hush'; did you mean 'hash'?"),
        ("training", {"step": 9}, "experiments.whole.training: unknown key 'step'; did you mean 'steps'?"),
        ("training", {"steps": 0}, "experiments.whole.training.steps: Input should be greater than or equal to 1"),
    ],
)  # fmt: skip
def test_a_slip_in_an_experiment_is_named_with_its_remedy(full_config, key, value, found):
    full_config["experiments"]["whole"][key] = value
    assert found in message(full_config)


def test_null_takes_back_a_limit_that_the_area_has(full_config):
    full_config["radiance"]["training"]["seconds"] = 60
    full_config["experiments"]["whole"]["training"] = {"seconds": None}
    configuration.check(full_config)


@pytest.mark.parametrize("model", [Area, Experiment])
def test_every_key_is_described(model):
    assert all(descriptions(model))


def test_every_goal_that_may_be_named_is_a_metric():
    assert {"to_1_db_seconds", "to_99_db_seconds"} <= METRICS.keys()
