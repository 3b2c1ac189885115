"""What every encoder that the configuration names must do, in every regime where it is defined."""

import pytest
import torch
import yaml
from fieldbench import registry
from fieldbench.encoders._base import grid_points
from fieldbench.inversion.specification import defined, specification

from tests.conftest import ROOT

CATALOGUE = ROOT / "config" / "catalogue" / "inversion.yaml"
AREA = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["inversion"]
CASES = [
    (regime, name)
    for regime in ("open", "strict", "as-run", "strict-as-run", "reference")
    for name in defined(AREA, regime)
    if name in AREA["encoders"]
]
SHAPE = (13, 11)


@pytest.fixture(params=CASES, ids="-".join)
def build(request):
    """A function that builds one encoder of the configuration from a seed."""
    spec = specification(AREA, *request.param)["encoder"]
    type_name = spec.pop("type")

    def make(seed=0):
        torch.manual_seed(seed)
        encoder = registry.build("encoders", type_name, 2, **spec)
        encoder.set_progress(0.999)
        return encoder

    return make


def rough(encoder):
    """Give tables values of size 1, so that an error cannot hide behind the tiny initial ones."""
    with torch.no_grad():
        for parameter in encoder.parameters():
            if parameter.abs().max() < 1e-3:
                parameter.copy_(torch.randn(parameter.shape).to(parameter.dtype))
    return encoder


def test_features_have_the_stated_width_and_are_finite(build):
    encoder = build()
    features = encoder(torch.rand(50, 2))
    assert features.shape == (50, encoder.out_dim)
    assert torch.isfinite(features).all()


def test_the_schedule_is_complete_at_the_end_of_training(build):
    encoder = build()
    assert encoder.complete and encoder.active_levels == encoder.levels


def test_the_same_seed_gives_the_same_encoder_and_another_seed_another(build):
    points = torch.rand(20, 2)
    first, again, other = (build(seed)(points) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    if any(True for _ in build().parameters()):
        assert not torch.equal(first, other)


def test_scattered_and_grid_forms_equal_the_plain_one(build):
    encoder = rough(build())
    points = grid_points(SHAPE)
    plain = encoder.plain(points)
    torch.testing.assert_close(encoder(points), plain, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(encoder.on_grid(SHAPE)().T, plain, rtol=1e-5, atol=1e-5)


def test_points_at_the_corners_and_edges_are_encoded(build):
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 1.0]])
    assert torch.isfinite(build()(corners)).all()


def test_values_trained_on_the_grid_come_back_into_the_encoder(build):
    encoder = rough(build())
    view = encoder.on_grid(SHAPE)
    with torch.no_grad():
        for parameter in view.parameters():
            parameter.mul_(2.0)
    trained = view().T
    view.write_back()
    torch.testing.assert_close(encoder.plain(grid_points(SHAPE)), trained, rtol=1e-5, atol=1e-5)
