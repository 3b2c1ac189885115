"""A turn around a scene: where its cameras stand, what they see, and the file."""

import numpy as np
from fieldbench.datasets import _viewing
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
    frames = orbit.render(Model(SCENE, method()).eval(), SCENE, 12)
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
