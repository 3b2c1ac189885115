"""What makes no method is an error that says why."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.errors import UserError
from fieldbench.radiance import scene
from fieldbench.radiance.spec import Spec
from pydantic import ValidationError

FIELD = {"type": "voxel", "resolution": 4}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "Field required"),
        ({"field": {"resolution": 4}}, "'field' needs its 'type'"),
        ({"field": FIELD, "terminaton": True}, "unknown key 'terminaton'; did you mean 'termination'"),
        ({"field": FIELD, "marching": "sphere"}, "'occupancy' or 'dense'"),
        ({"field": FIELD, "background": "black"}, "'random' or 'white'"),
        ({"field": FIELD, "shortest_step": 0.2}, "'shortest_step' is longer than 'longest_step'"),
        ({"field": FIELD, "distortion": -1.0}, "greater than or equal to 0"),
        ({"field": FIELD, "steps": 0}, "greater than or equal to 1"),
        ({"field": FIELD, "learning_rate": "0.1"}, "valid number"),
        ({"field": FIELD, "least_light": 1.0}, "less than 1"),
        ({"field": FIELD, "marching": "dense", "hull": True}, "this one is 'dense'"),
    ],
)
def test_errors(entry, message):
    with pytest.raises(ValidationError, match=message):
        Spec(**entry)


def test_other_data_are_no_scene():
    with pytest.raises(UserError, match="no scene"):
        scene.from_dataset(xr.Dataset(attrs={"title": "A picture", "kind": "image"}))


def test_images_before_a_background():
    """Half covered by red: half red, half of the background."""
    pixel = np.array([[[127.5, 0, 0, 127.5]]])
    assert scene.over(pixel, 1.0)[0, 0].tolist() == pytest.approx([1, 0.5, 0.5])
    assert scene.over(pixel, 0.0)[0, 0].tolist() == pytest.approx([0.5, 0, 0])


def test_held_out_views_are_evenly_chosen_training_views():
    """Views numbered by their poses: 2, 7 and 12 of fifteen, and no test view in either part."""
    train = np.arange(20) < 15
    views = scene.Scene(
        np.zeros((20, 2, 2, 4), np.uint8), np.arange(20.0), train, np.ones((20, 4)), 1.0, None
    )
    learned, watched = views.held_out(3)
    assert watched.poses.tolist() == [2, 7, 12] and not watched.train.any()
    assert learned.poses.tolist() == [0, 1, 3, 4, 5, 6, 8, 9, 10, 11, 13, 14] and learned.train.all()


@pytest.mark.parametrize("count", [0, 2])
def test_a_scene_needs_a_view_to_learn_from_and_one_to_hold_out(count):
    views = scene.Scene(
        np.zeros((3, 2, 2, 4)), np.zeros((3, 4, 4)), np.array([1, 1, 0], bool), np.ones((3, 4)), 1.0, None
    )
    with pytest.raises(UserError, match="scene with 2 training views"):
        views.held_out(count)
