"""The compiled forms, each against its plain form."""

from functools import partial

import pytest
import torch
from fieldbench.kernels import tiled_loss as tiled
from fieldbench.networks import mlp, siren


def loss_and_gradients(form, network, features, weight, target):
    network.zero_grad()
    features = features.clone().requires_grad_()
    loss = form(network, features, weight, target)
    (3 * loss).backward()
    return [loss.detach(), features.grad, *(parameter.grad for parameter in network.parameters())]


@pytest.mark.parametrize("build", [mlp.build, siren.build])
@pytest.mark.parametrize("points", [1, tiled.TILE, 2 * tiled.TILE + 17])
@pytest.mark.parametrize("channels", [8, 6])
def test_tiled_loss_equals_the_plain_one_in_double_precision(build, points, channels):
    torch.manual_seed(1)
    network = build(8, 2, hidden=16, hidden_layers=2)
    data = [torch.randn(channels, points), torch.rand(2, points) / points, torch.randn(2, points)]
    fast = loss_and_gradients(tiled.tiled_loss, network, *data)
    plain = loss_and_gradients(tiled.plain_loss, network.double(), *(part.double() for part in data))
    for actual, wanted in zip(fast, plain, strict=True):
        scale = wanted.abs().max()
        torch.testing.assert_close(actual.double() / scale, wanted / scale, rtol=0, atol=2e-5)


@pytest.mark.parametrize("chunks", [1, 2, 3, 50])
@pytest.mark.parametrize("build", [mlp.build, siren.build])
def test_chunks_change_neither_loss_nor_gradients(build, chunks):
    torch.manual_seed(2)
    network = build(4, 2, hidden=16, hidden_layers=2).double()
    data = [values.double() for values in (torch.randn(4, 50), torch.rand(2, 50) / 50, torch.randn(2, 50))]
    in_chunks = partial(tiled.chunked_loss, chunks=chunks)
    found = [value.clone() for value in loss_and_gradients(in_chunks, network, *data)]
    for actual, wanted in zip(found, loss_and_gradients(tiled.plain_loss, network, *data), strict=True):
        torch.testing.assert_close(actual, wanted, rtol=1e-12, atol=1e-14)


def test_a_constant_input_gets_no_gradient():
    network = mlp.build(4, 1, hidden=8, hidden_layers=1)
    features = torch.randn(4, 50)
    loss = tiled.tiled_loss(network, features, torch.ones(1, 50), torch.zeros(1, 50))
    loss.backward()
    assert features.grad is None and all(parameter.grad is not None for parameter in network.parameters())


def test_without_weight_a_point_does_not_count():
    network = mlp.build(4, 1, hidden=8, hidden_layers=1)
    features, target = torch.randn(4, 50), torch.randn(1, 50)
    weight = torch.ones(1, 50)
    weight[:, 25:] = 0
    half = tiled.tiled_loss(network, features[:, :25].contiguous(), weight[:, :25], target[:, :25])
    torch.testing.assert_close(tiled.tiled_loss(network, features, weight, target), half)
