"""What is run, and the files that follow from it: experiments share their runs, and only named ones run."""

import pytest
from fieldbench.errors import UserError
from fieldbench.inversion.plan import Plan

GRID = {"base_resolution": 1, "max_resolution": 32, "levels": 2, "features": 2, "table_size": 64}
SCHEME = {"b_los": {"formula": "wing"}, "b_qu": {"formula": "wing"}}
PLACE = "<results>/inversion/plage"


def method(kind, **words):
    return {"type": kind, "description": "", "key_features": "", **words}


def experiment(regimes, methods, data=("plage",), **words):
    return {"area": "inversion", "regimes": regimes, "methods": methods, "data": list(data), **words}


@pytest.fixture
def config():
    """Two data sets, three regimes, and one experiment of each kind."""
    return {
        "run": ["*"],
        "margins": {"misfit_percent": 2.0, "psnr_db": 0.1, "bytes_percent": 2.0},
        "datasets": {name: {"type": "plage_synthetic", "scheme": "one"} for name in ("plage", "spot")},
        "experiments": {
            "classical": experiment(["reference"], ["pixelwise", "siren"], data=["plage", "spot"]),
            "strict": experiment(["strict"], ["v1", "v0"], reference="v0"),
            "sizes": experiment(["r8", "strict"], ["v1"], kind="resolutions"),
            "times": experiment(["strict", "r8"], ["*"], kind="timing", repetitions=3),
        },
        "inversion": {
            "seeds": [0, 1],
            "training": {"steps": 8, "hidden": 4},
            "schemes": {"one": SCHEME},
            "regimes": {
                "strict": {"definitions": "strict", **GRID},
                "reference": {},
                "r8": {"definitions": "strict", **GRID, "max_resolution": 8},
            },
            "encoders": {
                "v0": method("multigrid", **{"with": {"indexing": "hash"}}),
                "v1": method("multigrid", strict={"cells": "scaled"}),
                "siren": method("identity", network={"type": "siren", "with": {"frequency": 20.0}}),
            },
            "classical": {"pixelwise": method("pixelwise")},
            "figures": {"maps": {"type": "maps"}, "sizes": {"type": "error_against_resolution", "needs": "resolutions"}},
        },
    }  # fmt: skip


def planned(config, *absent):
    return Plan(config, lambda names: {name: "no file" for name in names if name in absent})


def test_experiments_share_the_runs_of_a_data_set(config):
    plan = planned(config)
    assert plan.seeds["plage"] == {
        "reference": {"pixelwise": [0], "siren": [0, 1]},
        "strict": {"v1": [0, 1], "v0": [0, 1]},
        "r8": {"v1": [0, 1]},
    }
    assert list(plan.seeds["spot"]) == ["reference"]
    assert plan.runs("plage", "strict") == [
        f"{PLACE}/strict/{run}" for run in ("v1/0", "v1/1", "v0/0", "v0/1")
    ]


def test_records_are_those_of_every_regime_and_of_what_is_timed(config):
    names = ("reference/metrics", "strict/metrics", "r8/metrics")
    wanted = [f"{PLACE}/{name}.json" for name in names] + ["<results>/inversion/spot/reference/metrics.json"]
    wanted += [f"{PLACE}/{name}.json" for name in ("strict/timing", "r8/timing")]
    assert planned(config).records() == wanted


def test_steps_are_timed_of_what_is_trained_there(config):
    config["run"] = ["sizes", "times"]
    assert planned(config).timed == {("plage", "strict"): (["v1"], 3), ("plage", "r8"): (["v1"], 3)}


def test_only_what_run_names_is_planned(config):
    config["run"] = ["inversion/class*"]
    plan = planned(config)
    assert plan.datasets == ["plage", "spot"] and plan.timed == {}
    assert set(plan.seeds["plage"]) == {"reference"}


def test_a_pattern_that_matches_no_experiment_is_named(config):
    config["run"] = ["strikt"]
    with pytest.raises(UserError, match="no experiment matches 'strikt'; did you mean 'strict'"):
        planned(config)


def test_seeds_of_several_experiments_are_joined_and_one_is_enough_without_training(config):
    config["experiments"]["classical"]["seeds"] = [3, 4]
    config["experiments"]["sizes"]["seeds"] = [1, 2]
    plan = planned(config)
    assert plan.seeds["plage"]["strict"]["v1"] == [0, 1, 2]
    assert plan.seeds["plage"]["reference"]["pixelwise"] == [3]
    assert plan.about()["seeds"] == [3, 4, 0, 1, 2]


def test_a_method_runs_in_those_regimes_where_it_is_defined(config):
    config["experiments"] = {"all": experiment(["reference", "strict"], ["pixelwise", "v*"])}
    assert {regime: list(methods) for regime, methods in planned(config).seeds["plage"].items()} == {
        "reference": ["pixelwise"],
        "strict": ["v0", "v1"],
    }


def test_a_data_set_that_cannot_be_had_is_skipped_with_its_reason(config):
    plan = planned(config, "plage")
    assert plan.skipped == {"plage": "no file"} and plan.datasets == ["spot"] and plan.timed == {}
    assert not any("plage" in file for file in [*plan.records(), *plan.page_files()])


def test_figures_are_drawn_of_every_data_set_that_has_what_they_need(config):
    plan = planned(config)
    assert list(plan.figures()) == ["plage/maps", "plage/sizes", "spot/maps"]
    assert plan.figures()["spot/maps"] == {"type": "maps", "dataset": "spot"}
    files = plan.figure_files("spot/maps")
    assert "<results>/inversion/spot/weak_field.nc" in files
    assert [file for file in files if "history" in file] == [
        f"<results>/inversion/spot/reference/siren/{seed}/history.nc" for seed in (0, 1)
    ]


def test_what_pages_are_told(config):
    about = planned(config).about()
    assert about["sweep"] == {"encoder": "v1", "regimes": ["r8", "strict"]}
    assert about["references"] == {"reference": "pixelwise", "strict": "v0", "r8": "v1"}
    assert about["figures"] == {"plage": ["maps", "sizes"], "spot": ["maps"]}
    assert about["schemes"] == {"plage": SCHEME, "spot": SCHEME}


def test_a_specification_joins_the_regimes_grid_with_the_entrys_options(config):
    plan = planned(config)
    strict = plan.specification("strict", "v1")
    assert strict["encoder"] == {"type": "multigrid", **GRID, "cells": "scaled"}
    assert strict["network"] == {"type": "mlp"}
    siren = plan.specification("reference", "siren")
    assert siren == {"encoder": {"type": "identity"}, "network": {"type": "siren", "frequency": 20.0}}
    assert plan.modules("v0", "siren") == [
        "encoders.identity", "encoders.multigrid", "networks.mlp", "networks.siren"
    ]  # fmt: skip
