"""How latents of the codec `pyramid` are rounded, while they train and after it."""

import itertools
import math

import numpy as np
import pytest
import torch
from fieldbench.compression.codecs import pyramid
from fieldbench.compression.field import make
from fieldbench.compression.pyramid_network import level_bits
from fieldbench.compression.pyramid_refinement import APART, _spread, _windows, refined
from fieldbench.compression.pyramid_rounding import SCHEDULES, Schedule, kumaraswamy, soft_rounded
from fieldbench.compression.pyramid_training import round_weights, stepped
from fieldbench.training.loop import fit

CPU = torch.device("cpu")


def generator():
    return torch.Generator().manual_seed(0)


def test_soft_rounding_is_nothing_when_hot_and_rounding_when_cold():
    values = torch.linspace(-3, 3, 16)
    assert torch.allclose(soft_rounded(values, 50.0), values, atol=1e-3)
    assert torch.allclose(soft_rounded(values, 1e-3), torch.round(values), atol=1e-4)


def test_noise_has_the_distribution_it_is_named_after():
    uniform = torch.linspace(0, 1, 10_001)[:-1]
    noise = kumaraswamy(uniform, 2.0)
    assert noise.min() >= -0.5 and noise.max() <= 0.5
    b = (2**2.0 + 1) / 2
    assert torch.allclose(1 - (1 - (noise + 0.5) ** 2) ** b, uniform, atol=1e-5)
    assert torch.allclose(kumaraswamy(uniform, 1.0), uniform - 0.5, atol=1e-6)


def test_a_schedule_goes_along_lines_and_then_rounds_hard():
    schedule = Schedule(0.8, (0.5, 0.1), (2.0, 1.0))
    assert schedule.softness(0.0) == (0.5, 2.0)
    assert schedule.softness(0.4) == pytest.approx((0.3, 1.5))
    assert schedule.softness(0.8) is None and schedule.softness(1.0) is None


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_every_schedule_cools_and_ends_with_whole_numbers_whose_gradient_is_one(schedule):
    softness = [schedule.softness(part * schedule.hard_from) for part in (0.0, 0.5, 0.999)]
    assert all(before[0] > after[0] for before, after in itertools.pairwise(softness))
    exact = torch.tensor([-1.4, 0.2, 2.7], requires_grad=True)
    last = schedule.rounded(exact, schedule.hard_from, generator())
    assert last.tolist() == [-1.0, 0.0, 3.0]
    assert torch.autograd.grad(last.sum(), exact)[0].tolist() == [1.0, 1.0, 1.0]
    soft = schedule.rounded(exact, 0.99 * schedule.hard_from, generator())
    assert not torch.equal(soft, soft.round()) and (soft - exact).abs().max() < 1.5


def trained(steps=60, **options):
    """A model of a small noisy picture, with weights and latents as they train."""
    y, x = np.mgrid[:21, :26]
    values = 0.5 + 0.3 * np.sin(x / 4) * np.cos(y / 3) + np.random.default_rng(0).normal(0, 0.05, (2, 21, 26))
    values[:, :5, :4] = np.nan
    field = make(values.astype(np.float32), kind="image", units="1", peak=1.0, levels=0, channels=("L", "A"))
    codec = pyramid.build(steps=steps, levels=3, hidden=6, context=6, rate_weight=1e-3, **options)
    model = codec.model(field, 0, CPU)
    fit(model, codec.recipe(field, 0))
    return model


def cost(model, latents):
    with torch.no_grad():
        return float(model.distortion(0, latents) + model.weight * model.rate(0, latents))


def test_latents_that_are_refined_cost_less_as_a_whole_and_by_what_was_said():
    model = trained()
    round_weights(model)
    before = model.whole_latents(0)
    after = refined(model, 0, before)
    assert cost(model, after) < cost(model, before)
    for one, other, mask in zip(before, after, model.masks[0], strict=True):
        assert ((one - other) * one.sign()).min() >= 0 and (one - other).abs().max() <= 1
        assert torch.equal(other, other.round()) and not other[~mask].any()


def test_no_single_latent_of_the_finest_level_would_rather_be_nearer_to_zero():
    """Against trying each alone, which is what trying those far apart at once must equal."""
    model = trained()
    round_weights(model)
    latents = refined(model, 0, model.whole_latents(0))
    again = refined(model, 0, latents)
    assert cost(model, again) <= cost(model, latents)
    finest, reached = again[0], cost(model, again)
    better = 0
    for place in map(tuple, torch.nonzero(finest).tolist()):
        moved = finest.clone()
        moved[place] -= moved[place].sign()
        better += cost(model, [moved, *again[1:]]) < reached - 1e-9
    assert better <= 0.05 * int((finest != 0).sum())


@pytest.mark.parametrize("phase", [(0, 0, 0), (0, 3, 7), (0, 5, 4)])
def test_windows_are_disjoint_and_belong_to_their_latents(phase):
    """The sum over windows and the filling of windows are each other's transpose, and a window holds its latent."""
    shape = torch.Size((1, 19, 26))
    values = torch.randn(shape, generator=generator())
    sums = _windows(values, phase)
    latents = torch.zeros(shape)[tuple(slice(at, None, APART) for at in phase)]
    chosen = torch.rand(latents.shape, generator=generator()) > 0.5
    assert sums.shape == chosen.shape
    filled = _spread(chosen, phase, shape)
    assert torch.allclose((sums * chosen).sum(), (values * filled).sum(), atol=1e-5)
    assert torch.equal(filled[tuple(slice(at, None, APART) for at in phase)], chosen)


def test_bits_of_levels_are_those_of_the_whole():
    model = trained(2)
    latents = model.whole_latents(0)
    with torch.no_grad():
        parts = [level_bits(model.context, latents, n, False) for n in range(len(latents))]
        coded = sum(float(bits[mask].sum()) for bits, mask in zip(parts, model.masks[0], strict=True))
        assert coded == pytest.approx(float(model.rate(0, latents)) * model.known.numel(), rel=1e-5)


def test_weights_are_multiples_of_their_steps_in_training_and_in_the_file():
    weights = torch.tensor([0.3, -1.24, 5.0], requires_grad=True)
    rounded = stepped(weights, 2)
    assert rounded.tolist() == [0.25, -1.25, 5.0]
    assert torch.autograd.grad(rounded.sum(), weights)[0].tolist() == [1.0, 1.0, 1.0]
    model = trained(quantized_from=0.5)
    exponents, latents = round_weights(model), model.whole_latents(0)
    assert exponents == model.exponents.tolist()
    assert all(
        torch.equal(parameter, torch.round(parameter * 2**step) / 2**step)
        for parameter, step in zip(model.networks(), exponents, strict=True)
    )
    assert math.isfinite(cost(model, latents))
