"""A slip in the area's part of the configuration names its key and what is allowed."""

import pytest
from fieldbench.compression.configuration import Area, Experiment

from tests.configured import change, descriptions, message


@pytest.fixture
def area(full_config):
    return full_config["compression"]


@pytest.fixture
def images(full_config):
    return full_config["experiments"]["images"]


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("training.step", 9, "compression.training: unknown key 'step'; did you mean 'steps'?"),
        ("training.steps", 0, "compression.training.steps: Input should be greater than or equal to 1"),
        ("training.steps", "nine", "compression.training.steps: Input should be a valid integer"),
        ("seeds", [-1], "compression.seeds.0: Input should be greater than or equal to 0"),
        ("document.rival", [], "compression.document: unknown key 'rival'; did you mean 'rivals'?"),
        ("document.rivals", ["av2"], "compression.document.rivals: unknown name 'av2'; did you mean 'av1'?"),
        ("codecs.shacira.point", {}, "compression.codecs.shacira: unknown key 'point'; did you mean 'points'?"),
        ("codecs.shacira.points", {}, "compression.codecs.shacira.points: Dictionary should have at least 1 item"),
        ("codecs.shacira.type", "shakira", "Unknown type 'shakira' in compression/codecs; known: ngp, pyramid, shacira"),
        ("codecs.shacira.with.level", 4, "codecs.shacira.with: unknown key 'level' of type 'shacira'; did you mean"),
        ("codecs.shacira.with.levels", 4.5, "compression.codecs.shacira.with.levels: Input should be a valid integer"),
        ("codecs.shacira.points.p1", {"rate_wieght": 1.0}, "compression.codecs.shacira: unknown key 'rate_wieght' of type"),
        ("codecs.shacira-bounded.points.e1.max_error_share", 0, "points.e1.max_error_share: Input should be greater than 0"),
        ("standard.jpeg.points.p1", "high", "compression.standard.jpeg.points.p1: Input should be a valid number"),
        ("standard.hevc.with", {}, "compression.standard.hevc.with lacks 'codec', which type 'ffmpeg' needs"),
        ("figures.crops.with.rat", 1.0, "compression.figures.crops.with: unknown key 'rat' of type 'crops'; did you mean"),
        ("figures.crops.with.dataset", "kodim41", "compression.figures.crops.with.dataset: unknown name 'kodim41'; did you"),
        ("figures.lambda.with.experiment", "lamda", "figures.lambda.with.experiment: unknown name 'lamda'; did you"),
    ],
)  # fmt: skip
def test_a_slip_in_the_section_is_named_with_its_remedy(full_config, area, path, value, found):
    change(area, path, value)
    assert found in message(full_config)


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("codecs", ["jpeg"], "experiments.images: unknown key 'codecs'"),
        ("kind", "sweeps", "experiments.images.kind: Input should be 'rate_distortion', 'sweep', 'scaling' or 'bounded'"),
        ("data", ["kodim25"], "experiments.images.data: unknown name 'kodim25'; did you mean 'kodim24'?"),
        ("methods", ["jpg"], "experiments.images.methods: unknown name 'jpg'; did you mean 'jpeg'?"),
        ("methods", ["shakira*"], "experiments.images.methods: unknown name 'shakira*'"),
        ("reference", "jpge", "experiments.images.reference: unknown name 'jpge'; did you mean 'jpeg'?"),
        ("points", ["p9"], "experiments.images.points: unknown name 'p9'"),
        ("training", {"steps": 9}, "experiments.images.training: Dictionary should have at most 0 items"),
    ],
)  # fmt: skip
def test_a_slip_in_an_experiment_is_named_with_its_remedy(full_config, images, key, value, found):
    images[key] = value
    assert found in message(full_config)


def test_a_learned_codec_must_not_be_named_like_a_standard_one(full_config, area):
    area["codecs"]["jpeg"] = dict(area["codecs"]["pyramid"])
    assert "compression.codecs.jpeg has the name of a standard codec" in message(full_config)


@pytest.mark.parametrize(("key", "value"), [("crop", [0, 9]), ("reduce", 0)])
def test_what_a_picture_may_not_say_is_named(full_config, key, value):
    full_config["datasets"]["mine"] = {"type": "image_file", "with": {"path": "mine.png", key: value}}
    assert f"datasets.mine.with.{key}: " in message(full_config)


@pytest.mark.parametrize("model", [Area, Experiment])
def test_every_key_is_described(model):
    assert all(descriptions(model))
