"""The study of a scene, and what is refused before anything runs."""

import json

import pytest
from fieldbench import studies
from fieldbench.datasets import scene_transforms
from fieldbench.errors import UserError
from fieldbench.radiance.delivery import study
from fieldbench.radiance.delivery.learn import learn_scene
from fieldbench.radiance.spec import Spec

from tests.radiance import pictures

WISH = {"options": {}, "methods": study.METHODS, "pixels": 8, "minutes": 2, "path": None}


def written(folder, source, **wish):
    """The configuration of the study of a scene."""
    survey = scene_transforms.survey(str(source))
    study.write(folder / "scene.yaml", source, survey, study.Wish(**{**WISH, **wish}))
    return studies.read(folder / "scene.yaml")


def test_a_study_is_written_and_read_with_its_results_beside_it(tmp_path):
    read = written(tmp_path, pictures.write(tmp_path / "My Scene"))
    assert read.dataset == "my-scene" and read.results == tmp_path / "results"
    assert read.entry["with"]["reduce"] == 2 and read.entry["with"]["surroundings"] == 1
    area = read.config["radiance"]
    assert area["training"]["seconds"] == 120 and area["training"]["evaluate_views"] == 1
    assert read.config["experiments"]["my-scene"]["methods"] == ["hash", "voxel"]
    chosen = Spec(**area["methods"]["hash"]["with"])
    assert chosen.field["grid"]["max_resolution"] == 512 and chosen.cone_angle == 0


def test_what_lies_behind_is_learned_where_pictures_show_it(tmp_path):
    """The folder has the name of a scene of the project's own, with which it must not be merged."""
    read = written(tmp_path, pictures.write(tmp_path / "room", mode="RGB"))
    assert read.dataset == "my-room"
    assert read.entry["with"]["surroundings"] == study.BEHIND
    for entry in read.config["radiance"]["methods"].values():
        assert Spec(**entry["with"])  # every method of the configuration stays one
    chosen = Spec(**read.config["radiance"]["methods"]["hash"]["with"])
    assert chosen.occupancy["cascades"] == 3 and chosen.cone_angle > 0
    own = written(tmp_path, tmp_path / "room" / "transforms_train.json", options={"bound": 2.0, "reduce": 4})
    assert own.entry["with"]["bound"] == 2.0 and own.entry["with"]["reduce"] == 4
    assert own.entry["with"]["surroundings"] == 1


def test_faults_are_told_before_anything_runs(tmp_path):
    source = pictures.write(tmp_path / "toy")
    target = tmp_path / "out"
    target.mkdir()
    (target / "model.pt").write_text("precious")
    (target / "model.pt").chmod(0o444)
    with pytest.raises(UserError, match=r"model\.pt is read-only; make it writable"):
        learn_scene(source, target)
    assert (target / "model.pt").read_text() == "precious" and not (target / "scene.yaml").exists()
    with pytest.raises(UserError, match="is a file; choose a folder by -o"):
        learn_scene(source, source)
    with pytest.raises(UserError, match="There is no list of cameras"):
        learn_scene(source, tmp_path / "new", camera_path=tmp_path / "gone.json")
    with pytest.raises(UserError, match="v99"):
        learn_scene(source, tmp_path / "new", methods=["v99"])
    with pytest.raises(UserError, match=r"There is no file .*nowhere\.json"):
        learn_scene(tmp_path / "nowhere.json", tmp_path / "new")


def test_missing_pictures_and_views_are_told_before_anything_runs(tmp_path):
    source = pictures.write(tmp_path / "toy")
    content = json.loads(source.read_text())
    (tmp_path / "toy" / "transforms_test.json").unlink()
    alone = tmp_path / "toy" / "transforms.json"
    alone.write_text(json.dumps({**content, "test_filenames": ["train/99.png"]}))
    with pytest.raises(UserError, match="9 training and 0 test views; a scene needs views of both kinds"):
        learn_scene(alone, tmp_path / "new")
    for picture in (tmp_path / "toy" / "train").iterdir():
        picture.unlink()
    with pytest.raises(UserError, match="names no picture that exists"):
        learn_scene(source, tmp_path / "new")
    assert not (tmp_path / "new" / "scene.yaml").exists()
