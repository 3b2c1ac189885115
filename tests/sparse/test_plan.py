"""What is run, and the files that follow from it: on each task the methods of the experiments that are named."""

import pytest
from fieldbench.sparse.plan import Plan

PLACE = "<results>/sparse"


def task(dataset):
    return {"dataset": dataset, "mask": "uniform", "fraction": 0.05, "noise": 0, "seed": 1}


def experiment(data, methods, **words):
    return {"area": "sparse", "data": data, "methods": methods, **words}


@pytest.fixture
def config():
    """Two tasks, and an experiment of each kind."""
    few = {"fields": 1, "masks": "frozen"}
    return {
        "run": ["*"],
        "margins": {"psnr_db": 0.1},
        "datasets": {"waves": {"type": "wave_family"}, "sea": {"type": "netcdf_series", "with": {"path": "sea.nc"}}},
        "experiments": {
            "interpolated": experiment(["calm", "rough"], ["stack", "near*"]),
            "learned": experiment(["calm"], ["small"], seeds=[7], training={"steps": 9}),
            "repaired": experiment(["calm"], ["net-fixes-1*"], variants=True),
            "by-heart": experiment(["calm"], ["small"], title="one field", overfit=few),
            "scenes": {"area": "radiance", "data": ["mic"], "methods": ["hash"]},
        },
        "sparse": {
            "seeds": [0, 1],
            "sampler_steps": 5,
            "tasks": {"calm": task("waves"), "rough": task("sea")},
            "classical": {
                "nearest": {"type": "nearest", "description": ""},
                "stack": {"type": "stack", "description": "", "oracle": "that there are waves"},
            },
            "backbones": {"net": {"type": "transformer", "with": {"hidden": 8}}},
            "versions_on": "net",
            "models": {"small": {"backbone": "net", "with": {"samples": 2}, "description": ""}},
            "training": {"steps": 20, "batch": 4},
            "figures": {
                "bars": {"type": "bar"},
                "some": {"type": "bar", "with": {"tasks": ["rough", "calm"]}},
                "fields": {"type": "gallery", "with": {"task": "calm"}},
            },
        },
    }  # fmt: skip


def planned(config, *absent):
    return Plan(config, lambda names: {name: "no file" for name in names if name in absent})


def test_a_learned_method_runs_once_per_seed_and_a_classical_one_once(config):
    plan = planned(config)
    assert plan.runs("calm", "interpolated") == [
        f"{PLACE}/calm/interpolated/{method}/0" for method in ("stack", "nearest")
    ]
    assert plan.runs("calm", "learned") == [f"{PLACE}/calm/learned/small/7"]
    assert len(plan.runs("calm", "repaired")) == 2 * len(["1", "1-2", "1-3", "1-2-3"])


def test_all_runs_are_those_of_every_experiment_on_each_of_its_tasks(config):
    plan = planned(config, "waves")
    assert plan.runs() == plan.runs("rough") == plan.runs("rough", "interpolated") and len(plan.runs()) == 2


def test_records_are_those_of_scores_of_limits_and_of_what_is_learned_by_heart(config):
    scored = ("calm/interpolated", "calm/learned", "calm/repaired", "rough/interpolated")
    assert planned(config).records() == [
        *(f"{PLACE}/{name}/metrics.json" for name in scored),
        *(f"{PLACE}/{name}/limits.json" for name in ("calm", "rough")),
        *(f"{PLACE}/calm/by-heart/small/{seed}/training.json" for seed in (0, 1)),
    ]


def test_only_what_run_names_is_planned(config):
    config["run"] = ["sparse/inter*", "scenes"]
    plan = planned(config)
    assert plan.tasks == ["calm", "rough"] and all("interpolated" in run for run in plan.runs())


def test_an_area_of_which_nothing_is_named_plans_nothing(config):
    config["run"] = ["scenes"]
    plan = planned(config)
    assert plan.records() == [] and plan.figures() == {} and plan.page_files() == []


def test_a_task_whose_data_cannot_be_had_is_skipped_with_its_reason(config):
    plan = planned(config, "sea")
    assert plan.skipped == {"rough": "no file"} and plan.tasks == ["calm"]
    assert not any("rough" in file for file in [*plan.records(), *plan.page_files()])


def test_figures_show_those_of_their_tasks_that_are_run(config):
    config["run"] = ["interpolated"]
    assert planned(config, "waves").figures() == {
        "bars": {"type": "bar", "with": {}},
        "some": {"type": "bar", "with": {"tasks": ["rough"]}},
        "fields-rough": {"type": "fields", "with": {"task": "rough"}},
    }, "the sea is a file of the user's: its fields are shown without being asked"


def test_a_figure_of_a_task_reads_its_predictions_and_the_histories_of_what_was_trained(config):
    config["run"] = ["interpolated", "by-heart"]
    plan = planned(config)
    assert plan.figure_files("some") == []
    heart = plan.runs("calm", "by-heart")
    assert plan.figure_files("fields") == [
        f"{PLACE}/calm/problem.nc",
        *(f"{run}/prediction.nc" for run in plan.runs("calm")),
        *(f"{run}/history.nc" for run in heart),
    ]


def test_an_experiment_changes_what_it_says_of_the_training(config):
    plan = planned(config)
    assert plan.training("learned") == {"steps": 9, "batch": 4}
    assert plan.training("repaired") == {"steps": 20, "batch": 4}
    assert plan.overfit("by-heart") == {"fields": 1, "masks": "frozen"} and plan.overfit("learned") is None


def test_a_learned_method_is_described_by_its_backbone_and_choices(config):
    plan = planned(config)
    assert plan.learned["small"]["backbone"] == {"type": "transformer", "hidden": 8}
    assert plan.modules("small") == ["networks.transformer"]


def test_what_pages_are_told(config):
    about = planned(config, "sea").about()
    assert about["oracles"] == {"stack": "that there are waves"}
    assert about["variants"] == ["repaired"] and about["overfits"] == {"by-heart": "one field"}
    assert about["margins"] == {"psnr_db": 0.1}
    assert about["backbones"] == ["net"] and list(about["figures"]) == ["bars", "some", "fields"]
