"""The fused network against torch in double precision, forward and backward."""

from itertools import pairwise

import pytest
import torch
from fieldbench.kernels.fused import ACTIVATIONS, WIDTHS, FusedMLP, plain_mlp

from tests.interpreter import widen_bfloat16

pytest.importorskip("triton", reason="Triton's kernels need Triton, which has no build for this platform")

TOLERANCE = {torch.float32: 1e-6, torch.float16: 2e-3, torch.bfloat16: 2e-2}
IN, OUT, POINTS = 5, 3, 150  # no multiples of a tile


@pytest.fixture(autouse=True)
def products_of_bfloat16(monkeypatch):
    widen_bfloat16(monkeypatch)


def network(width, hidden, precision, device):
    """Input and parameters, weights before biases, that `precision` holds exactly."""
    torch.manual_seed(9)
    widths = [IN, *[width] * hidden, OUT]
    weights = [torch.randn(o, i) / i**0.5 for i, o in pairwise(widths)]
    values = [torch.randn(IN, POINTS), *weights, *(torch.randn(o) for o in widths[1:])]
    return [value.to(precision).float().to(device).requires_grad_() for value in values]


def plain(x, activation, *parameters):
    layers = len(parameters) // 2
    return plain_mlp(x, parameters[:layers], parameters[layers:], activation)


def assert_same(actual, wanted, tolerance):
    """In the mean over all values: single ones differ where rounding moves a neuron across the kink of ReLU."""
    error = (actual.detach().double() - wanted).norm() / wanted.norm()
    assert error < tolerance


def check(width, hidden, activation, precision, device):
    x, *parameters = network(width, hidden, precision, device)
    wide = [value.detach().double().requires_grad_() for value in (x, *parameters)]
    wanted = plain(wide[0], activation, *wide[1:])
    upstream = torch.randn(OUT, POINTS, device=device).to(precision)
    gradients = torch.autograd.grad(wanted, wide, upstream.double())
    actual = FusedMLP.apply(x.to(precision), activation, *parameters)
    assert actual.dtype == precision
    assert_same(actual, wanted.detach(), TOLERANCE[precision])
    found = torch.autograd.grad(actual, [x, *parameters], upstream)
    for one, other in zip(found, gradients, strict=True):
        assert one.dtype == torch.float32
        assert_same(one, other, TOLERANCE[precision])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("precision", TOLERANCE)
def test_every_width_and_precision(width, precision, device):
    check(width, 2, "gelu", precision, device)


@pytest.mark.parametrize("hidden", [1, 2, 3, 4])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_depth_and_activation(hidden, activation, device):
    check(16, hidden, activation, torch.float32, device)


def test_an_input_without_gradient_gets_none(device):
    x, *parameters = network(16, 2, torch.float32, device)
    FusedMLP.apply(x.detach(), "relu", *parameters).sum().backward()
    assert x.grad is None and all(parameter.grad is not None for parameter in parameters)


def test_nothing_is_kept_for_a_pass_without_gradient(device):
    values = [value.detach() for value in network(32, 3, torch.float32, device)]
    assert_same(FusedMLP.apply(values[0], "relu", *values[1:]), plain(values[0], "relu", *values[1:]), 1e-6)
