"""What makes no method is an error that says why."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.errors import UserError
from fieldbench.radiance import scene, spec

FIELD = {"type": "voxel", "resolution": 4}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "needs a `field`"),
        ({"field": FIELD, "steps": 4}, "Unknown key steps"),
        ({"field": FIELD, "marching": "sphere"}, "occupancy, dense"),
        ({"field": FIELD, "background": "black"}, "random, white"),
        ({"field": FIELD, "shortest_step": 0.2}, "shortest_step <= longest_step"),
        ({"field": FIELD, "distortion": -1.0}, "needs 0 or more"),
        ({"field": FIELD, "marching": "dense", "hull": True}, "this one is 'dense'"),
    ],
)
def test_errors(entry, message):
    with pytest.raises(UserError, match=message):
        spec.parse(entry)


def test_other_data_are_no_scene():
    with pytest.raises(UserError, match="no scene"):
        scene.from_dataset(xr.Dataset(attrs={"title": "A picture", "kind": "image"}))


def test_images_before_a_background():
    """Half covered by red: half red, half of the background."""
    pixel = np.array([[[127.5, 0, 0, 127.5]]])
    assert scene.over(pixel, 1.0)[0, 0].tolist() == pytest.approx([1, 0.5, 0.5])
    assert scene.over(pixel, 0.0)[0, 0].tolist() == pytest.approx([0.5, 0, 0])
