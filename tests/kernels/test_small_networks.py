"""What the codec `pyramid` computes at every latent and sample, each against its plain form in double precision."""

import itertools

import pytest
import torch
from fieldbench.kernels import laplace
from fieldbench.kernels.narrow_convolution import convolution, plain_convolution
from fieldbench.kernels.shifted_perceptron import BLOCK, perceptron, plain_perceptron


def generator():
    return torch.Generator().manual_seed(0)


def compared(fast, plain, tensors, tolerance):
    """Hold a form's value and gradients against its reference in double precision."""
    found, wanted = (
        [part.clone().to(kind).requires_grad_() for part in tensors]
        for kind in (torch.float32, torch.float64)
    )
    one, other = fast(*found), plain(*wanted)
    torch.testing.assert_close(one.double(), other, rtol=tolerance, atol=tolerance)
    upstream = torch.randn(other.shape, generator=generator(), dtype=torch.float64)
    pairs = zip(
        torch.autograd.grad((one * upstream.float()).sum(), found),
        torch.autograd.grad((other * upstream).sum(), wanted),
        strict=True,
    )
    for gradient, expected in pairs:
        scale = expected.abs().max().clamp(min=1e-3)
        torch.testing.assert_close(gradient.double() / scale, expected / scale, rtol=0, atol=tolerance)


@pytest.mark.parametrize("sizes", [[5, 6, 7, 2], [4, 3], [1, 8, 1]], ids=str)
@pytest.mark.parametrize("count", [1, BLOCK, 2 * BLOCK + 13])
def test_a_perceptron_on_shifted_inputs_equals_its_reference(sizes, count):
    starts = [7, 0, 3, 3, 1][: sizes[0]]  # neighbours overlap, and one may be taken twice
    layers, random = [], generator()
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [
            torch.randn(outputs, inputs, generator=random),
            torch.randn(outputs, generator=random),
        ]
    values = torch.randn(count + 9, generator=random)
    compared(
        lambda values, *layers: perceptron(values, starts, count, layers),
        lambda values, *layers: plain_perceptron(values, starts, count, layers),
        [values, *layers],
        2e-5,
    )


@pytest.mark.parametrize("shape, outputs", [((3, 1, 6, 9), 3), ((2, 3, 3, 3), 4)])
def test_a_narrow_convolution_equals_the_librarys(shape, outputs):
    padded = torch.randn(shape, generator=generator())
    matrix = torch.randn(outputs, 9 * shape[0], generator=generator())
    compared(
        convolution, plain_convolution, [padded, matrix, torch.randn(outputs, generator=generator())], 2e-5
    )


def test_laplace_bits_match_the_integral_and_its_gradient():
    values = torch.tensor([0.0, 1.0, -3.0, 0.4, 7.0, 0.0], dtype=torch.float64)
    mean = torch.tensor([0.0, 0.6, -2.9, -0.1, -5.0, 0.2], dtype=torch.float64, requires_grad=True)
    log_scale = torch.tensor([-3.0, 0.0, 2.0, -1.0, 1.0, 6.0], dtype=torch.float64, requires_grad=True)
    distribution = torch.distributions.Laplace(mean, torch.exp2(log_scale))
    expected = -torch.log2(distribution.cdf(values + 0.5) - distribution.cdf(values - 0.5))
    wanted = torch.autograd.grad(expected.sum(), [mean, log_scale])
    for form in (laplace.bits, laplace.plain_bits):
        bits = form(values, mean, log_scale)
        assert torch.allclose(bits, expected, rtol=1e-8)
        for one, other in zip(torch.autograd.grad(bits.sum(), [mean, log_scale]), wanted, strict=True):
            assert torch.allclose(one, other, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("log_scale", [-4.75, 0.3, 12.0])
def test_laplace_bits_in_single_precision_stay_near_those_in_double(log_scale):
    values = torch.arange(-40.0, 41.0)
    mean = torch.full_like(values, 0.3)
    tensors = [values, mean, torch.full_like(values, log_scale)]
    compared(laplace.bits, laplace.plain_bits, tensors, 1e-3)
