"""Compositing: closed forms, the plain reference, gradients against double precision."""

import math

import pytest
import torch
from fieldbench.radiance.volume import (
    CompiledComposite,
    Composite,
    composite,
    distortion,
    plain_composite,
    plain_distortion,
    transmittance,
)

OFFSETS = torch.tensor([0, 3, 3, 4, 9])  # one ray has no samples
RAY = torch.repeat_interleave(torch.arange(4), OFFSETS.diff())


@pytest.fixture
def packed():
    torch.manual_seed(1)
    count = len(RAY)
    density, t, dt = 3 * torch.rand(count), torch.rand(count) + 1, 0.2 + 0.3 * torch.rand(count)
    return [part.double() for part in (density, torch.rand(3, count), t, dt, torch.rand(3, 4))]


def test_constant_density_has_the_closed_form():
    """Through length L of density s: opacity 1 - exp(-s L), whatever the steps; mean depth of exponential absorption."""
    s, length, count = 1.7, 2.0, 4000
    dt = torch.full((count,), length / count)
    t = (torch.arange(count) + 0.5) * length / count
    offsets, ray = torch.tensor([0, count]), torch.zeros(count, dtype=torch.int64)
    colour = torch.tensor([0.9, 0.5, 0.1])[:, None].expand(3, count)
    background = torch.tensor([[0.2], [0.4], [1.0]])
    seen = composite(torch.full((count,), s), colour, t, dt, offsets, ray, background)
    opacity = 1 - math.exp(-s * length)
    assert float(seen.opacity) == pytest.approx(opacity, rel=1e-5)
    expected = opacity * colour[:, 0] + (1 - opacity) * background[:, 0]
    torch.testing.assert_close(seen.colour[:, 0], expected, rtol=1e-5, atol=1e-6)
    depth = 1 / s - (length + 1 / s) * math.exp(-s * length)
    assert float(seen.depth) == pytest.approx(depth, rel=1e-5)


def test_two_samples_by_hand():
    """Optical depths ln 2 and ln 4: half of the light is stopped by the first, three quarters of the rest by the second."""
    density = torch.tensor([math.log(2), math.log(4)])
    colour = torch.tensor([[1.0, 0], [0, 1], [0, 0]])
    one = torch.ones(2)
    offsets, ray = torch.tensor([0, 2]), torch.zeros(2, dtype=torch.int64)
    seen = composite(density, colour, torch.tensor([1.0, 3.0]), one, offsets, ray, torch.ones(3, 1))
    assert seen.colour[:, 0].tolist() == pytest.approx([0.5 + 0.125, 0.375 + 0.125, 0.125])
    assert float(seen.opacity) == pytest.approx(0.875)
    assert float(seen.depth) == pytest.approx(0.5 * 1 + 0.375 * 3)
    assert transmittance(density, offsets, ray).tolist() == pytest.approx([1, 0.5])


def test_the_distortion_of_exponential_absorption_is_the_mean_distance_of_two_of_its_places():
    """Two exponential variables of rate s lie 1 / s apart in the mean."""
    s, length, count = 2.5, 12.0, 6000
    dt = torch.full((count,), length / count)
    t = (torch.arange(count) + 0.5) * length / count
    found = distortion(
        torch.full((count,), s), t, dt, torch.tensor([0, count]), torch.zeros(count, dtype=torch.int64)
    )
    assert found.tolist() == pytest.approx([1 / s], rel=1e-4)


def test_distortion_by_hand_and_against_the_plain_form(packed):
    """Weights 1/2 and 3/8, two apart: 2 * 1/2 * 3/8 * 2 + (1/4 + 9/64) / 3."""
    density = torch.tensor([math.log(2), math.log(4)])
    places = torch.tensor([1.0, 3.0]), torch.ones(2), torch.tensor([0, 2]), torch.zeros(2, dtype=torch.int64)
    assert distortion(density, *places).tolist() == pytest.approx([0.75 + (0.25 + 9 / 64) / 3])
    density, _, t, dt, _ = packed
    t = (RAY + torch.rand(len(RAY))).sort().values.double()  # within a ray, places rise
    found = distortion(density, t, dt, OFFSETS, RAY)
    torch.testing.assert_close(found, plain_distortion(density, t, dt, OFFSETS, RAY))
    assert float(found[1]) == 0  # a ray without samples


def test_gradients_of_the_distortion_against_finite_differences(packed):
    density, _, t, dt, _ = packed
    t = t.sort().values
    assert torch.autograd.gradcheck(lambda d: distortion(d, t, dt, OFFSETS, RAY), density.requires_grad_())


def test_compiled_values_and_gradients_equal_those_in_double_precision(packed):
    """Through thick samples, too, behind which no light is left, and for all that rays see."""
    torch.manual_seed(2)
    packed[0][5] = 40.0
    upstream = [torch.randn(3, 4).double(), torch.randn(4).double(), torch.randn(4).double()]
    found = []
    for form, kind in ((CompiledComposite, torch.float32), (Composite, torch.float64)):
        density, colour, t, dt, background = (part.to(kind).requires_grad_() for part in packed)
        seen = form.apply(density, colour, t.detach(), dt.detach(), OFFSETS, RAY, background)
        total = sum((part * up.to(kind)).sum() for part, up in zip(seen, upstream, strict=True))
        light = transmittance((density * dt).detach(), OFFSETS, RAY)
        found.append([*seen, light, *torch.autograd.grad(total, [density, colour, background])])
    for compiled, double in zip(*found, strict=True):
        torch.testing.assert_close(compiled.double(), double, rtol=2e-5, atol=2e-6)


def test_equals_the_plain_form(packed):
    density, colour, t, dt, background = packed
    fast = composite(density, colour, t, dt, OFFSETS, RAY, background)
    plain = plain_composite(density, colour, t, dt, OFFSETS, RAY, background)
    for one, other in zip(fast, plain, strict=True):
        torch.testing.assert_close(one, other)
    torch.testing.assert_close(
        fast.colour[:, 1], background[:, 1]
    )  # a ray without samples sees the background


def test_gradients_against_finite_differences(packed):
    density, colour, t, dt, background = packed
    leaves = [part.requires_grad_() for part in (density, colour, background)]

    def seen(density, colour, background):
        return Composite.apply(density, colour, t, dt, OFFSETS, RAY, background)

    assert torch.autograd.gradcheck(seen, leaves)


def test_single_precision_gradients_against_the_plain_form_in_double(packed):
    density, colour, t, dt, background = packed
    weights = torch.randn(3, 4).double(), torch.randn(4).double(), torch.randn(4).double()

    def gradients(form, dtype):
        leaves = [part.detach().to(dtype).requires_grad_() for part in (density, colour, background)]
        seen = form(leaves[0], leaves[1], t.to(dtype), dt.to(dtype), OFFSETS, RAY, leaves[2])
        sum((part * weight.to(dtype)).sum() for part, weight in zip(seen, weights, strict=True)).backward()
        return [leaf.grad for leaf in leaves]

    for fast, exact in zip(
        gradients(composite, torch.float32), gradients(plain_composite, torch.float64), strict=True
    ):
        torch.testing.assert_close(fast.double(), exact, rtol=1e-4, atol=1e-5)


def test_many_rays_do_not_blur_one_another():
    """The cumulative sum runs over all rays: in single precision the last of many opaque rays would lose its digits."""
    count = 20000
    offsets, ray = torch.arange(count + 1) * 2, torch.arange(count).repeat_interleave(2)
    density = torch.tensor([5000.0, 1e-3]).repeat(count)
    density[-2] = 1e-3
    one = torch.ones(2 * count)
    seen = composite(density, torch.zeros(3, 2 * count), one, one, offsets, ray, torch.zeros(3, count))
    assert float(seen.opacity[-1]) == pytest.approx(-math.expm1(-2e-3), rel=1e-4)
