"""The studies of a user's own picture and scene run as they are, and nothing else runs."""

import json
import math

import numpy as np
import pytest
from fieldbench.datasets import image_synthetic, scene_analytic
from PIL import Image

from tests.project import Project

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("own-fields")]
REPORT = {"collect": 1, "claims": 1, "claims_page": 1, "page": 1, "index": 1, "highlights": 1, "report": 1}


def picture(folder):
    """A photograph's stand-in."""
    values = np.moveaxis(image_synthetic.load(shape=(96, 128), seed=3).field.values, 0, -1)
    Image.fromarray(np.round(255 * values).astype(np.uint8)).save(folder / "my_picture.png")


def scene(folder):
    """Balls and boxes as pictures with alpha, and where they were taken from."""
    data = scene_analytic.load(size=64, train=12, test=2)
    angle = 2 * math.atan(data.sizes["x"] / (2 * data.intrinsics.values[0, 0]))
    for split in ("train", "test"):
        place = folder / "my_scene" / split
        place.mkdir(parents=True)
        frames = []
        for number, view in enumerate(np.flatnonzero(data.split.values == split)):
            pixels = data.image.values[view].astype(float)  # colours times alpha
            pixels[..., :3] *= 255 / np.maximum(pixels[..., 3:], 1)
            Image.fromarray(pixels.round().astype(np.uint8)).save(place / f"{number}.png")
            pose = data.pose.values[view].tolist()
            frames.append({"file_path": f"{split}/{number}", "transform_matrix": pose})
        cameras = {"camera_angle_x": angle, "frames": frames}
        (folder / "my_scene" / f"transforms_{split}.json").write_text(json.dumps(cameras))


@pytest.mark.parametrize(
    ("study", "make", "jobs", "page", "said"),
    [
        (
            "picture",
            picture,
            {"prepare_data": 1, "encode": 2, "decode": 1, "compress_standard": 2, "figure": 1},
            "my-picture/compression.md",
            "**my-picture: ",
        ),
        (
            "scene",
            scene,
            {"prepare_data": 1, "train_radiance": 1, "render_views": 1},
            "my-scene/radiance.md",
            "**my-scene, my-scene: use my-hash**, PSNR ",
        ),
    ],
)
def test_an_own_study_runs_as_it_is_and_nothing_else(study, make, jobs, page, said, tmp_path):
    make(tmp_path)
    project = Project(tmp_path / "project")
    arguments = ["--cores", "1", "--config", f"data_root={tmp_path}"]
    options = {"config": f"config/own-data/{study}.yaml"}
    assert project.planned(*arguments, **options) == {**jobs, **REPORT}
    result = project.snakemake(*arguments, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    assert said in (project.folder / "results" / page).read_text()
    assert project.planned(*arguments, **options) == {}
