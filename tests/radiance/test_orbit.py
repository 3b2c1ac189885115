"""A way around a scene: where its cameras stand, what they see, and the files."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fieldbench import ffmpeg
from fieldbench.datasets import _scene, _viewing
from fieldbench.errors import UserError
from fieldbench.radiance import orbit
from fieldbench.radiance.model import Model
from PIL import Image

from tests.radiance.scenes import analytic, method

SCENE = analytic()


def test_cameras_that_look_at_one_point_give_it():
    np.testing.assert_allclose(
        _viewing.centre(SCENE.poses), 0, atol=1e-5
    )  # the generated cameras look at the origin


def test_cameras_stand_on_a_level_circle_and_look_at_the_centre():
    poses = orbit.poses(SCENE)
    places = poses[:, :3, 3]
    distance = np.median(np.linalg.norm(SCENE.poses[SCENE.train][:, :3, 3], axis=1))
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), distance, rtol=1e-4)
    assert np.ptp(places[:, 2]) < 1e-5
    np.testing.assert_allclose(places[0] + places[orbit.FRAMES // 2], [0, 0, 2 * places[0, 2]], atol=1e-4)
    np.testing.assert_allclose(-poses[:, :3, 2] * distance, -places, atol=1e-4)


def test_frames_come_back_from_the_file(tmp_path):
    model = Model(SCENE, method()).eval()
    frames = orbit.render(model, SCENE, 12)
    assert model.spec.least_light < orbit.LEAST_LIGHT  # judged as before
    assert frames.shape == (orbit.FRAMES, 12, 12, 3) and frames.dtype == np.uint8
    frames[1] = 0
    orbit.save(frames, tmp_path / "turn.gif")
    with Image.open(tmp_path / "turn.gif") as picture:
        assert picture.n_frames >= 2 and picture.size == (12, 12)
        picture.seek(1)
        assert np.array(picture.convert("RGB")).max() == 0


def test_a_failed_run_is_one_white_frame(tmp_path):
    orbit.save(orbit.no_frames(5), tmp_path / "turn.gif")
    with Image.open(tmp_path / "turn.gif") as picture:
        assert picture.n_frames == 1 and np.array(picture.convert("RGB")).min() == 255


def test_cameras_that_stood_on_one_side_are_followed_to_and_fro():
    """Half a circle of cameras: the way stays among their directions, reaches both ends, and begins where it ends."""
    angles = np.linspace(0, np.pi, 9)
    places = 3 * np.stack([np.cos(angles), np.sin(angles), np.zeros(9)], 1)
    scene = replace(
        SCENE, poses=np.stack([_scene.look_at(place) for place in places]), train=np.ones(9, bool)
    )
    way = orbit.poses(scene, 48)[:, :3, 3]
    swung = np.arctan2(way[:, 1], way[:, 0])
    assert swung.min() > -1e-3 and swung.max() < np.pi + 1e-3 and np.ptp(swung) > 0.95 * np.pi
    steps = np.linalg.norm(np.diff(way, axis=0, append=way[:1]), axis=1)
    assert steps.max() < 1.01 * 3 * (np.pi / 2) * (2 * np.pi / 48)  # the fastest of a swing


def test_a_list_of_cameras_is_followed_in_its_own_coordinates(tmp_path):
    scene = replace(SCENE, origin=np.array([1.0, 2.0, 3.0]), scale=0.5)
    pose = _scene.look_at(np.array([5.0, 2.0, 3.0]), (1.0, 2.0, 3.0))
    path = tmp_path / "way.json"
    path.write_text(json.dumps({"frames": [{"transform_matrix": pose.tolist()}] * 2}))
    cameras = orbit.along(path, scene)
    np.testing.assert_allclose(cameras[:, :3, 3], [[2, 0, 0]] * 2, atol=1e-6)
    path.write_text(json.dumps({"frames": [{"transform_matrix": [[1, 0], [0, 1]]}]}))
    with pytest.raises(UserError, match="needs a `transform_matrix` of 4 x 4 numbers"):
        orbit.along(path, scene)
    path.write_text(json.dumps({"frames": [{"transform_matrix": (2 * np.eye(4)).tolist()}]}))
    with pytest.raises(UserError, match=r"frame 0 of .* is not rigid"):
        orbit.along(path, scene)
    with pytest.raises(UserError, match="is no list of cameras"):
        orbit.along(tmp_path / "gone.json", scene)


def test_a_video_has_the_frames(tmp_path):
    """Grey frames, ever brighter, of odd sides: they come back in order and size, but for the odd row and column."""
    frames = np.broadcast_to(np.linspace(20, 220, 10).astype(np.uint8)[:, None, None, None], (10, 17, 33, 3))
    orbit.save_video(frames, tmp_path / "turn.mp4")
    raw = ffmpeg.run(["-i", str(tmp_path / "turn.mp4"), "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"])
    back = np.frombuffer(raw, np.uint8).reshape(-1, 16, 32, 3)
    assert len(back) == 10
    np.testing.assert_allclose(back.mean((1, 2, 3)), frames[:, 0, 0, 0], atol=4)
