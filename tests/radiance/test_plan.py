"""What is run, and the files that follow from it: every experiment trains its own methods."""

import pytest
from fieldbench import provenance
from fieldbench.radiance.plan import Plan

PLACE = "<results>/radiance"


def experiment(data, methods, **words):
    return {"area": "radiance", "data": data, "methods": methods, **words}


@pytest.fixture
def config():
    """Two scenes and two experiments on one of them."""
    return {
        "run": ["*"],
        "margins": {"psnr_db": 0.1},
        "experiments": {
            "whole": experiment(["balls", "mic"], ["grid", "grid-masked"], title="All of it", seeds=[4]),
            "sooner": experiment(["balls"], ["grid*"], training={"until_db": 30}),
        },
        "radiance": {
            "seeds": [0, 1],
            "training": {"steps": 100, "until_db": None, "goals_db": [25]},
            "methods": {
                "grid": {"description": "A grid", "with": {"field": {"type": "voxel", "resolution": 8}}},
                "grid-masked": {
                    "of": "grid",
                    "description": "A grid that is given masks",
                    "with": {"field": {"type": "voxel", "resolution": 8}, "hull": True},
                },
            },
            "figures": {
                "views": {"type": "views", "with": {"experiment": "whole", "dataset": "mic"}},
                "queries": {"type": "queries", "with": {"experiment": "sooner"}},
                "elsewhere": {"type": "queries", "with": {"experiment": "sooner", "dataset": "mic"}},
            },
            "orbits": {
                "balls": {"experiment": "sooner", "method": "grid-masked", "pixels": 8},
                "mic": {"experiment": "sooner", "method": "grid", "pixels": 8},
            },
        },
    }


def planned(config, *absent):
    return Plan(config, lambda names: {name: "no file" for name in names if name in absent})


def test_every_experiment_trains_its_methods_on_its_scenes(config):
    runs = planned(config).runs()
    whole = [
        f"{PLACE}/{scene}/whole/{method}/4"
        for scene in ("balls", "mic")
        for method in ("grid", "grid-masked")
    ]
    sooner = [
        f"{PLACE}/balls/sooner/{method}/{seed}" for method in ("grid", "grid-masked") for seed in (0, 1)
    ]
    assert runs == whole + sooner
    assert planned(config).records() == [f"{run}/metrics.json" for run in runs]


def test_a_training_is_the_areas_but_for_what_the_experiment_says(config):
    plan = planned(config)
    assert plan.training("whole") == {"steps": 100, "until_db": None, "goals_db": [25]}
    assert plan.training("sooner") == {"steps": 100, "until_db": 30, "goals_db": [25]}
    assert plan.method("grid-masked") == {"field": {"type": "voxel", "resolution": 8}, "hull": True}


def test_only_what_run_names_is_planned(config):
    config["run"] = ["radiance/whole"]
    plan = planned(config)
    assert {run.split("/")[3] for run in plan.runs()} == {"whole"}
    assert list(plan.figures()) == ["views"] and plan.orbits() == {}


def test_a_scene_that_cannot_be_had_is_skipped_with_what_shows_it(config):
    plan = planned(config, "mic")
    assert plan.skipped == {"mic": "no file"}
    assert not any(
        "mic" in file for file in [*plan.records(), *plan.page_files(), *plan.figure_files("views")]
    )
    assert list(plan.figures()) == ["queries"]


def test_a_figure_is_drawn_where_its_experiment_is_run_on_its_scene(config):
    plan = planned(config)
    assert list(plan.figures()) == ["views", "queries"]
    files = plan.figure_files("views")
    assert f"{PLACE}/mic/whole/grid/4/views.nc" in files and f"{PLACE}/mic/whole/grid/4/history.nc" in files


def test_the_code_of_a_method_is_that_of_its_field_and_of_no_other(config):
    (module,) = planned(config).modules("grid")
    assert module == "radiance.fields.voxel"
    names = {file.stem for file in provenance.closure(provenance.module_file(f"fieldbench.{module}"))}
    assert {"voxel", "multigrid"} <= names and not {"hash", "frequency"} & names


def test_a_turn_is_taken_around_the_first_seed_of_a_training_that_is_run(config):
    plan = planned(config)
    assert plan.orbits() == {"balls": f"{PLACE}/balls/sooner/grid-masked/0"}
    assert plan.page_files()[-1] == "<results>/figures/radiance/orbit-balls.gif"
    assert plan.claim_files() == []
    assert plan.page_files()[:2] == ["<results>/data/balls.nc", "<results>/data/mic.nc"]


def test_what_pages_are_told(config):
    about = planned(config).about()
    assert about["area"] == "radiance" and about["orbits"] == ["balls"]
    assert about["experiments"]["sooner"]["training"] == {"until_db": 30}
    assert about["experiments"]["sooner"]["methods"] == ["grid", "grid-masked"]
    assert [entry["title"] for entry in about["experiments"].values()] == ["All of it", "sooner"]
    assert about["methods"]["grid-masked"]["of"] == "grid"
