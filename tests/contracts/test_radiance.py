"""What every scene and method that the configuration of radiance fields names must be."""

import os

import numpy as np
import pytest
import torch
import yaml
from fieldbench import config as configuration
from fieldbench import registry
from fieldbench.datasets import availability
from fieldbench.radiance.model import build_field
from fieldbench.radiance.scene import from_dataset
from fieldbench.radiance.spec import Spec

from tests.conftest import ROOT

CONFIG = yaml.safe_load((ROOT / "config" / "catalogue" / "radiance.yaml").read_text(encoding="utf-8"))
CONFIG |= {"data_root": os.environ.get("FIELDBENCH_DATA_ROOT"), "download": False}
AREA = CONFIG["radiance"]
SMALL = {
    "scene_analytic": {"size": 24, "train": 4, "test": 2},
    "scene_room": {"size": 24, "train": 4, "test": 2},
    "scene_transforms": {"reduce": 8, "views": 4},
}


@pytest.mark.parametrize("name", CONFIG["datasets"])
def test_a_scene_has_views_to_learn_from_and_to_be_judged_by(name):
    source = configuration.dataset_source(CONFIG, name)
    if reason := availability.unavailable(**source):
        pytest.skip(reason)
    type_name = source.pop("type_name")
    scene = from_dataset(registry.build("datasets", type_name, **{**source, **SMALL[type_name]}))
    assert scene.train.any() and not scene.train.all()
    alpha = scene.images[..., 3:]
    assert (scene.images[..., :3] <= alpha).all(), "colours are multiplied by alpha"
    assert (alpha > 0).any()
    turns = scene.poses[:, :3, :3]
    np.testing.assert_allclose(
        turns @ np.swapaxes(turns, 1, 2), np.tile(np.eye(3), (len(turns), 1, 1)), atol=1e-3
    )


@pytest.mark.parametrize("name", AREA["methods"])
def test_a_method_gives_densities_and_colours(name):
    parsed = Spec(**AREA["methods"][name]["with"])
    if parsed.field.get("fused") and not torch.cuda.is_available():
        pytest.skip("fused networks need a CUDA device")
    field = build_field(parsed.field)
    points = torch.rand(5, 3)
    with torch.no_grad():
        density, latent = field.density(points)
        colour = field.colour(latent, field.view(torch.nn.functional.normalize(torch.randn(5, 3))))
    assert density.shape == (5,) and (density >= 0).all()
    assert colour.shape == (3, 5) and ((colour >= 0) & (colour <= 1)).all()
