"""What is run, and the files that follow from it: experiments share the files of a codec on a field."""

import pytest
from fieldbench.compression.plan import Plan

PLACE = "<results>/compression"


def experiment(data, methods, **words):
    return {"area": "compression", "kind": "rate_distortion", "data": data, "methods": methods, **words}


@pytest.fixture
def config():
    """Three inputs, two learned codecs and two standard ones."""
    return {
        "run": ["*"],
        "margins": {"misfit_percent": 2.0, "psnr_db": 0.1, "bytes_percent": 2.0},
        "experiments": {
            "photographs": experiment(["busy", "smooth"], ["small", "jpeg"], points=["p1", "p3"], reference="jpeg"),
            "all": experiment(["busy"], ["small*"], seeds=[3], title="All of them"),
            "elsewhere": {"area": "radiance", "data": ["solids"], "methods": ["hash"]},
        },
        "compression": {
            "seeds": [0, 1],
            "training": {"steps": 100, "checkpoint_seconds": 60},
            "document": {"codecs": ["small"], "baselines": ["small-*"], "rivals": ["web?"]},
            "codecs": {
                "small": {
                    "type": "shacira",
                    "description": "A small one",
                    "with": {"levels": 4, "hidden": 8},
                    "points": {"p1": {"hidden": 16}, "p2": {}, "p3": {"steps": 7}},
                },
                "small-ngp": {"type": "ngp", "description": "", "points": {"p1": {}}},
            },
            "standard": {
                "jpeg": {"type": "jpeg", "description": "JPEG", "points": {"p1": 10, "p2": 50}},
                "webp": {"type": "webp", "description": "WebP", "points": {"p1": 10}},
            },
            "figures": {
                "curves": {"type": "rate_distortion", "with": {"experiment": "photographs"}},
                "crops": {"type": "crops", "with": {"dataset": "smooth"}},
                "others": {"type": "sweep", "with": {"experiment": "elsewhere"}},
            },
        },
    }  # fmt: skip


def planned(config, *absent):
    return Plan(config, lambda names: {name: "no file" for name in names if name in absent})


def test_a_codec_is_run_at_the_points_and_seeds_of_all_experiments_on_a_field(config):
    plan = planned(config)
    assert plan.pairs == [(name, codec) for name in ("busy", "smooth") for codec in ("small", "jpeg")] + [
        ("busy", "small-ngp")
    ]
    assert list(plan.points("busy", "small")) == ["p1", "p2", "p3"]
    assert plan.fits("busy", "small")[:4] == [f"{PLACE}/busy/small/p1/{seed}" for seed in (0, 1, 3)] + [
        f"{PLACE}/busy/small/p2/0"
    ]
    assert plan.fits("smooth", "small") == [
        f"{PLACE}/smooth/small/{point}/{seed}" for point in ("p1", "p3") for seed in (0, 1)
    ]
    assert plan.records() == [f"{PLACE}/{dataset}/{codec}/metrics.json" for dataset, codec in plan.pairs]


def test_a_point_has_its_options_before_the_codecs_and_the_areas(config):
    plan = planned(config)
    assert plan.codec_at("small", "p1") == {"type": "shacira", "steps": 100, "levels": 4, "hidden": 16}
    assert plan.codec_at("small", "p3")["steps"] == 7
    assert plan.standard("smooth", "jpeg") == {"type": "jpeg", "with": {}, "points": {"p1": 10}}


def test_only_what_run_names_is_planned(config):
    config["run"] = ["all"]
    plan = planned(config)
    assert plan.pairs == [("busy", "small"), ("busy", "small-ngp")]
    assert plan.fits("busy", "small-ngp") == [f"{PLACE}/busy/small-ngp/p1/3"]
    assert plan.figures() == {} and list(plan.about()["experiments"]) == ["all"]
    config["run"] = ["radiance/*"]
    assert planned(config).records() == []


def test_a_field_that_cannot_be_had_is_skipped_with_what_shows_it(config):
    plan = planned(config, "smooth")
    assert plan.skipped == {"smooth": "no file"} and plan.datasets == ["busy"]
    assert list(plan.figures()) == ["curves"] and plan.page_files() == ["<results>/data/busy.nc"]


def test_figures_read_fields_decoded_ones_and_histories(config):
    files = planned(config).figure_files("curves")
    assert files[:2] == ["<results>/data/busy.nc", "<results>/data/smooth.nc"]
    assert f"{PLACE}/smooth/jpeg/decoded.nc" in files and f"{PLACE}/busy/small/p2/3/history.nc" in files
    assert not any("jpeg" in file and "history" in file for file in files)


def test_what_pages_are_told(config):
    about = planned(config).about()
    assert about["area"] == "compression" and about["seeds"] == [0, 1]
    assert [entry["title"] for entry in about["experiments"].values()] == ["photographs", "All of them"]
    assert about["experiments"]["all"]["methods"] == ["small", "small-ngp"]
    assert about["document"] == {"codecs": ["small"], "baselines": ["small-ngp"], "rivals": ["webp"]}
    assert about["codecs"]["small"]["learned"] and not about["codecs"]["jpeg"]["learned"]
    assert about["codecs"]["small"]["options"] == {"levels": 4, "hidden": 8}
    assert list(about["figures"]) == ["curves", "crops"] and about["published"]
