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


@pytest.mark.parametrize(("key", "value"), [("download", "maybe"), ("device", "gpu"), ("attempts", 0)])
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


TEXTS = {
    "seeds": ["0", "1"],
    "training": {"steps": "80", "learning_rate": "1.0e-3", "checkpoint_seconds": "2"},
}


def test_values_of_the_command_line_are_read_as_what_they_mean(full_config):
    """Snakemake parses `--config download=false` and `inversion={seeds: [0, 1]}` by YAML's base loader: all is text."""
    changes = {"download": "false", "inversion": TEXTS, "sparse": {"seeds": ["3"]}}
    changes["datasets"] = {"plage-synthetic": {"with": {"shape": ["24", "20"], "noise": "0.001"}}}
    changes["experiments"] = {"strict": {"seeds": ["5"], "title": "7"}}
    update_config(full_config, changes)
    configuration.check(full_config)
    assert full_config["download"] is False
    assert full_config["inversion"]["seeds"] == [0, 1] and full_config["sparse"]["seeds"] == [3]
    training = full_config["inversion"]["training"]
    assert (training["steps"], training["learning_rate"], training["checkpoint_seconds"]) == (80, 1e-3, 2)
    assert full_config["datasets"]["plage-synthetic"]["with"] == {
        **full_config["datasets"]["plage-synthetic"]["with"], "shape": [24, 20], "noise": 0.001
    }  # fmt: skip
    assert full_config["experiments"]["strict"]["seeds"] == [5]
    assert full_config["experiments"]["strict"]["title"] == "7", "a text stays one where it is meant"


@pytest.mark.parametrize("value", [None, "None", "null"])
def test_no_data_root_is_one_whatever_becomes_of_it_on_the_command_line(value):
    config = configuration.completed({"data_root": value}, ROOT / "config")
    configuration.check(config)
    assert config["data_root"] is None


def test_a_data_root_that_is_not_there_is_named(full_config, tmp_path):
    full_config["data_root"] = str(tmp_path)
    configuration.check(full_config)
    full_config["data_root"] = str(tmp_path / "nowhere")
    assert f"data_root: there is no folder {tmp_path}/nowhere" in message(full_config)


def test_a_misspelt_operating_point_is_named(full_config):
    full_config["experiments"]["images"]["points"] = ["p22"]
    assert "experiments.images.points: unknown name 'p22'; did you mean 'p2'?" in message(full_config)


@pytest.mark.parametrize("name", ["My_Data", "Sunspot", "a.b"])
def test_a_name_with_other_signs_is_named_and_no_other(full_config, name):
    full_config["datasets"][name] = {"type": "plage_synthetic", "with": {"line": "mg-i-5173"}}
    found = message(full_config)
    assert f"'{name}'" in found and "a-z" in found and "plage-synthetic" not in found


def test_a_data_set_that_is_not_there_is_named_with_the_nearest(full_config):
    full_config["experiments"]["strict"]["data"] = ["plage-syntetic"]
    found = message(full_config)
    assert "experiments.strict.data: unknown name 'plage-syntetic'; did you mean 'plage-synthetic'?" in found
    assert len(found) < 400, "the nearest, not all sixty"


@pytest.mark.parametrize(
    "flags", [["--configfile", "a", "--configfile", "b"], ["--configfile=a", "--configfiles", "b"]]
)
def test_two_flags_of_which_one_would_be_ignored_are_refused(flags):
    with pytest.raises(UserError, match=r"--configfile stands twice.*write --configfile A\.yaml B\.yaml"):
        configuration.check_arguments(["snakemake", *flags])
    configuration.check_arguments(["snakemake", "--configfile", "a", "b"])


def test_a_title_goes_with_the_data_that_it_was_written_for():
    def images(**changes):
        return configuration.completed({"experiments": {"images": changes}}, ROOT / "config")["experiments"][
            "images"
        ]

    assert images(data=["kodim01"])["title"] == "Photographs", "fewer of the same"
    swapped = images(data=["image-busy", "kodim01"])
    assert "title" not in swapped and "answers" not in swapped
    assert images(data=["image-busy"], title="Noise")["title"] == "Noise"


@pytest.mark.parametrize(
    "experiments", [None, {"strict": None}, {"strict": {"data": 3}}, {"strict": {"data": [["a"]]}}]
)
def test_what_is_no_experiment_is_said_and_no_traceback(experiments):
    config = configuration.completed({"experiments": experiments}, ROOT / "config")
    assert message(config).startswith("config: experiments")
