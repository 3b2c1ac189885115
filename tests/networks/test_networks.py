"""The networks, against the modules and formulas that they stand for."""

import math

import pytest
import torch
from fieldbench.networks import mlp, siren
from torch import nn

SIZES = {"hidden": 7, "hidden_layers": 2}


def test_mlp_equals_a_sequence_of_torch_layers():
    network = mlp.build(5, 2, **SIZES)
    first, second, third = network.layers
    plain = nn.Sequential(first, nn.GELU(), second, nn.GELU(), third)
    features = torch.randn(11, 5)
    torch.testing.assert_close(network(features.T), plain(features).T)


def test_mlp_of_the_documents_has_6337_parameters():
    network = mlp.build(32, 1, hidden=64, hidden_layers=2)
    assert sum(parameter.numel() for parameter in network.parameters()) == 33 * 64 + 65 * 64 + 65 == 6337


@pytest.mark.parametrize("build", [mlp.build, siren.build])
def test_missing_channels_count_as_zero(build):
    network = build(5, 2, **SIZES)
    features = torch.randn(3, 11)
    padded = torch.cat([features, torch.zeros(2, 11)])
    torch.testing.assert_close(network(features), network(padded))


@pytest.mark.parametrize("build", [mlp.build, siren.build])
def test_values_and_derivatives_in_one_pass(build):
    network = build(5, 2, **SIZES)
    z = torch.linspace(-12, 12, 2000).view(2, 1000)
    wide = z.double().requires_grad_()
    wanted = network.activation(wide)
    (slope,) = torch.autograd.grad(wanted.sum(), wide)
    value = torch.empty_like(z)
    network.activate(z, value)  # overwrites z by the derivative
    tolerance = (
        2e-6 if build is mlp.build else 1e-3
    )  # sin(30 z) in single precision, |30 z| up to 360, times 30
    torch.testing.assert_close(value.double(), wanted.detach(), rtol=0, atol=tolerance)
    torch.testing.assert_close(z.double(), slope, rtol=0, atol=tolerance)


def test_not_a_number_stays_visible_in_the_compiled_activation():
    z, value = torch.tensor([[0.0, math.nan, math.inf]]), torch.empty(1, 3)
    mlp.build(5, 2, **SIZES).activate(z, value)
    assert value[0, 0] == 0 and value[0, 1].isnan() and value[0, 2] == math.inf


def test_siren_starts_with_the_papers_weights():
    torch.manual_seed(0)
    network = siren.build(2, 1, hidden=256, hidden_layers=2, frequency=30)
    first, second, last = (layer.weight.detach() for layer in network.layers)
    assert 0.49 < first.abs().max() <= 0.5
    bound = math.sqrt(6 / 256) / 30
    assert 0.99 * bound < second.abs().max() <= bound
    assert 0.9 * bound < last.abs().max() <= bound


def test_siren_by_hand():
    network = siren.build(1, 1, hidden=1, hidden_layers=1, frequency=2.0)
    with torch.no_grad():
        for value, parameter in zip((0.5, 0.1, 3.0, 1.0), network.parameters(), strict=True):
            parameter.fill_(value)
    assert network(torch.tensor([[0.4]])).item() == pytest.approx(3 * math.sin(2 * (0.5 * 0.4 + 0.1)) + 1)
