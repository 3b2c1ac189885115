"""A learned scene as a file: it comes back, and renders what the model renders, in the coordinates of its list."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fieldbench.errors import UserError
from fieldbench.radiance import saved
from fieldbench.radiance.model import Model

from tests.radiance.scenes import analytic, method, of_view

SCENE = replace(analytic(), origin=np.array([1.0, -2.0, 3.0]), scale=0.5)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A model with some empty cells, and its file."""
    torch.manual_seed(0)
    model = Model(SCENE, method()).eval()
    model.grid.set_cells(torch.rand(model.grid.cells.shape) > 0.2)
    path = tmp_path_factory.mktemp("saved") / "model.pt"
    saved.save(path, model, SCENE)
    return model, path


def in_the_files(pose):
    """A pose of the scene as its list of cameras has it."""
    moved = pose.astype(float)
    moved[:3, 3] = moved[:3, 3] / SCENE.scale + SCENE.origin
    return moved


def test_a_view_is_that_of_the_model(file):
    model, path = file
    view = saved.render(saved.load(path), in_the_files(SCENE.poses[0]), background=0.0)
    rendered, _ = model.render(*of_view(SCENE, 0), background=0.0)
    np.testing.assert_allclose(view.colour.reshape(-1, 3), rendered.colour.T, atol=1e-4)
    known = rendered.opacity.numpy() >= 0.5
    depth = (rendered.depth / rendered.opacity).numpy()[known]
    np.testing.assert_allclose(view.depth.ravel()[known], depth / SCENE.scale, rtol=1e-3)
    assert np.isnan(view.depth.ravel()[~known]).all()


def test_a_larger_view_shows_the_same(file):
    """Of twice the size, each 2 x 2 pixels' mean is about the pixel: the field is smooth at the start."""
    _, path = file
    scene, pose = saved.load(path), in_the_files(SCENE.poses[1])[:3]
    small, large = saved.render(scene, pose), saved.render(scene, pose, size=(32, 32))
    mean = large.colour.reshape(16, 2, 16, 2, 3).mean((1, 3))
    assert large.colour.shape == (32, 32, 3) and np.abs(mean - small.colour).mean() < 0.05
    wide = saved.render(scene, pose, size=(32, 32), intrinsics=[*2 * scene.intrinsics[:2], 16, 16])
    np.testing.assert_array_equal(wide.colour, large.colour)


def test_other_files_and_poses_are_one_sentence(file, tmp_path):
    (tmp_path / "text.pt").write_text("no model")
    with pytest.raises(UserError, match=r"text\.pt cannot be read as a learned scene"):
        saved.load(tmp_path / "text.pt")
    torch.save({"state": {}}, tmp_path / "other.pt")
    with pytest.raises(UserError, match=r"other\.pt is no scene that `fieldbench scene` learned"):
        saved.load(tmp_path / "other.pt")
    with pytest.raises(UserError, match="The pose of the view is not rigid"):
        saved.render(saved.load(file[1]), np.diag([2.0, 2.0, 2.0, 1.0]))
