"""Which form of a fused kernel runs where, and the forms off the device; the kernels have test files of their own."""

from itertools import pairwise

import pytest
import torch
from fieldbench.encoders import multigrid
from fieldbench.encoders._multigrid import lattices
from fieldbench.kernels.fused import encode_mlp, fused_mlp, grid_encode, has_kernels, is_fusable, plain_mlp
from fieldbench.networks import mlp

GRID = {"base_resolution": 3, "max_resolution": 12, "levels": 3, "features": 2, "table_size": 500}


def parameters(model):
    return [[getattr(layer, name) for layer in model.layers] for name in ("weight", "bias")]


def test_a_cpu_has_no_kernels():
    assert not has_kernels(torch.device("cpu"))


@pytest.mark.parametrize(
    ("widths", "precision", "fits"),
    [
        ([5, 64, 3], torch.float16, True),
        ([5, 64, 64, 64, 64, 3], torch.bfloat16, True),
        ([5, 64, 64, 64, 64, 64, 3], torch.float16, False),
        ([5, 48, 3], torch.float16, False),
        ([5, 16, 32, 3], torch.float16, False),
        ([5, 3], torch.float16, False),
        ([5, 64, 3], torch.float32, False),
    ],
)
def test_which_networks_are_fused(widths, precision, fits):
    assert is_fusable([torch.empty(o, i) for i, o in pairwise(widths)], precision) == fits


@pytest.mark.parametrize("axes", [2, 3])
def test_encoding_equals_the_encoder_with_its_gradients(axes):
    encoder = multigrid.build(axes, **GRID)
    with torch.no_grad():
        for part in encoder.tables:
            part.copy_(torch.randn(part.shape))
    table = torch.cat(list(encoder.tables)).detach().requires_grad_()
    points = torch.rand(40, axes)
    wanted = encoder.plain(points)
    found = grid_encode(points, table, lattices(encoder.grid, axes)).flatten(0, 1).T
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
    upstream = torch.randn(wanted.shape)
    gradients = torch.autograd.grad(wanted, list(encoder.tables), upstream)
    torch.testing.assert_close(
        torch.autograd.grad(found, table, upstream)[0], torch.cat(gradients), rtol=1e-5, atol=1e-5
    )


def test_the_network_equals_the_project_s_own():
    model = mlp.build(5, 3, hidden=16, hidden_layers=2)
    x = torch.randn(5, 150)
    torch.testing.assert_close(fused_mlp(x, *parameters(model), "gelu"), model(x))


@pytest.mark.parametrize(
    ("activation", "wanted"),
    [("relu", [0.0, 2.0]), ("gelu", [-0.0455, 1.9545]), ("gelu-tanh", [-0.0454, 1.9546])],
)
def test_activations_by_hand(activation, wanted):
    one = [torch.ones(1, 1), torch.ones(1, 1)], [torch.zeros(1), torch.zeros(1)]
    found = plain_mlp(torch.tensor([[-2.0, 2.0]]), *one, activation)
    assert found[0].tolist() == pytest.approx(wanted, abs=5e-5)


def test_inference_equals_encoder_and_network_and_keeps_no_gradient():
    encoder, model = multigrid.build(3, **GRID), mlp.build(6, 3, hidden=16, hidden_layers=1)
    points = torch.rand(40, 3)
    table = torch.cat(list(encoder.tables))
    found = encode_mlp(points, table, lattices(encoder.grid, 3), *parameters(model), "gelu")
    torch.testing.assert_close(found, model(encoder.plain(points).T).detach())
    assert not found.requires_grad
