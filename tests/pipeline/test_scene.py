"""`fieldbench scene`: from a list of cameras to a folder with what was learned."""

import os
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
import yaml
from fieldbench import delivery
from fieldbench.radiance import saved
from PIL import Image

from tests.project import Project
from tests.radiance import pictures
from tests.radiance.scenes import GRID, OCCUPANCY, psnr

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("scene")]
SHIFT = (5.0, -3.0, 2.0)
TINY = {  # of the study, so that it ends in seconds
    "training": {
        "steps": 400,
        "samples": 8192,
        "most_rays": 1024,
        "evaluate_steps": 200,
        "evaluate_views": 1,
    },
    "take_home": {"frames": 4, "mesh_points": 24},
    "methods": {
        "hash": {
            "with": {"field": {"hidden": 16, "grid": GRID}, "occupancy": OCCUPANCY, "shortest_step": 0.05}
        }
    },
}


class Bench:
    """A project, and a folder with a scene in which the command is called."""

    def __init__(self, project, folder):
        self.folder = folder
        pictures.write(folder / "toy", shift=SHIFT)
        self.environment = {**os.environ, "PYTHONPATH": str(project.folder / "workflow")}

    def scene(self, *arguments):
        command = [sys.executable, "-m", "fieldbench.cli", "scene", *arguments, "--cores", "1"]
        return subprocess.run(command, cwd=self.folder, env=self.environment, text=True, capture_output=True)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """After a scene was learned by an edited study."""
    made = Bench(Project(tmp_path_factory.mktemp("project")), tmp_path_factory.mktemp("scenes"))
    refused = made.scene("toy/transforms_train.json", "--methods", "hash", "--path", "nowhere.json")
    assert refused.returncode == 1 and "correct --path" in refused.stderr
    study = made.folder / "toy-scene" / "scene.yaml"
    content = {
        "pathvars": {"results": str(study.parent / "results")},
        "run": ["toy"],
        "datasets": {
            "toy": {
                "type": "scene_transforms",
                "with": {"path": str(made.folder / "toy/transforms_train.json")},
            }
        },
        "experiments": {"toy": {"area": "radiance", "data": ["toy"], "methods": ["hash"]}},
        "radiance": {"seeds": [0], **TINY},
    }
    delivery.write_study(study, content, "scene", "Keys.")
    made.result = made.scene(str(study))
    assert made.result.returncode == 0, made.result.stdout + made.result.stderr
    made.made = study.parent
    return made


def test_one_sentence_and_one_page_say_what_was_learned(bench):
    assert "hash (Instant-NGP): PSNR " in bench.result.stdout and "of 2 views left out" in bench.result.stdout
    assert "the only method that finished" in bench.result.stdout
    page = (bench.made / "scene.md").read_text()
    assert "results/radiance.md" in page and (bench.made / "scene.png").stat().st_size > 0
    assert "Moved by minus (5, -3, 2)" in page


def test_views_and_depths_are_those_of_the_test_cameras(bench):
    with Image.open(bench.made / "views" / "000.png") as picture:
        pair = np.asarray(picture)
    assert pair.shape == (16, 32, 3) and len(list((bench.made / "views").iterdir())) == 2
    with xr.open_dataset(bench.made / "depth.nc") as made:
        depth = made["depth"].values
    assert depth.shape == (2, 16, 16) and 1.5 < np.nanmedian(depth) < 4  # cameras stand 3.2 from the middle


def test_python_renders_a_view_of_the_files_own_camera(bench):
    frames = yaml.safe_load((bench.folder / "toy/transforms_test.json").read_text())["frames"]
    view = saved.render(saved.load(bench.made / "model.pt"), frames[0]["transform_matrix"])
    with Image.open(bench.made / "views" / "000.png") as picture:
        rendered = np.asarray(picture)[:, :16] / 255
    assert psnr(view.colour, rendered) > 40


def test_a_mesh_and_a_video_are_there(bench):
    assert (bench.made / "video.mp4").read_bytes()[4:8] == b"ftyp"
    head = (bench.made / "mesh.ply").read_bytes().split(b"end_header\n")[0].decode()
    assert head.startswith("ply\n") and "element vertex 0" not in head


def test_the_study_goes_on_and_options_beside_it_are_refused(bench):
    trained = next(bench.made.glob("results/radiance/toy/toy/hash/0/training.json"))
    before = trained.stat().st_mtime_ns
    again = bench.scene("toy-scene/scene.yaml")
    assert again.returncode == 0 and trained.stat().st_mtime_ns == before, again.stderr
    refused = bench.scene("toy-scene/scene.yaml", "--minutes", "2")
    assert refused.returncode == 1 and "is a study, which says all but -o and --cores" in refused.stderr


def test_a_scene_that_cannot_be_learned_is_one_sentence_and_loses_nothing(bench):
    first = bench.folder / "toy" / "train" / "0.png"
    kept, model = first.read_bytes(), (bench.made / "model.pt").read_bytes()
    try:
        first.write_bytes(kept[:100])
        result = bench.scene("toy-scene/scene.yaml")
    finally:
        first.write_bytes(kept)
    assert result.returncode == 1 and "0.png" in result.stderr.splitlines()[-1]
    assert (bench.made / "model.pt").read_bytes() == model
