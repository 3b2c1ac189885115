"""Each technique does what it claims."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from fieldbench.sparse import flow
from fieldbench.sparse.spec import Spec
from fieldbench.sparse.techniques import (
    average,
    consistency,
    frequency_loss,
    noise_schedule,
    reflow,
    self_conditioning,
)
from fieldbench.sparse.versions import TECHNIQUES, combined
from torch import nn

from tests.sparse.learning import FLOW, small_problem, trained

CENTRE, SPREAD = 2.0, 0.3  # of normal fields x1, whose flows are known in closed form


def normal_velocity(state, time, last=None):
    """E[x1 - x0 | z] on the linear path from white noise to N(CENTRE, SPREAD^2)."""
    a, b = time[:, None], 1 - time[:, None]

    return CENTRE + (a * SPREAD**2 - b) / (a**2 * SPREAD**2 + b**2) * (state - a * CENTRE)


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_technique_changes_the_specification_once(name):
    base = replace(FLOW, time="added")
    changed = combined(base, [name])
    assert isinstance(changed, Spec) and changed != base
    assert combined(changed, [name]) == changed


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_technique_changes_the_training(name):
    problem, base = small_problem(), replace(FLOW, time="added")
    spec = combined(base, [name])
    one, other = (trained(problem, chosen)[0].network.state_dict() for chosen in (base, spec))
    assert list(one) != list(other) or not all(
        value.shape == other[key].shape and torch.equal(value, other[key]) for key, value in one.items()
    )


def test_reflow_straightens():
    """The velocity between independent pairs scatters about its mean; between coupled ones it is a function of the state."""
    torch.manual_seed(0)
    start = torch.randn(4000, 1)
    independent = CENTRE + SPREAD * torch.randn(4000, 1)

    def sample(begin, steps):
        return flow.heun(normal_velocity, "linear", begin, 4 * steps)

    _, coupled = reflow.couple(sample, start)
    torch.testing.assert_close(coupled, CENTRE + SPREAD * start, rtol=0, atol=0.03)

    def scatter(end):
        state, velocity = 0.5 * (start + end), end - start
        fit = np.polynomial.polynomial.Polynomial.fit(state[:, 0], velocity[:, 0], 3)
        return float(np.std(velocity[:, 0].numpy() - fit(state[:, 0].numpy())))

    assert scatter(coupled) < 0.05 * scatter(independent)


def test_the_true_estimate_is_stationary_for_the_consistency_loss():
    """For normal fields the estimate is linear in the state; the loss's gradient by slope and offset vanishes there."""
    torch.manual_seed(0)
    count = 200_000
    start = flow.white(torch.empty(count, 1))
    noise = torch.randn(count, 1), torch.randn(count, 1)
    end = CENTRE + SPREAD * torch.randn(count, 1)
    times = torch.stack([torch.full((count,), 0.8), torch.full((count,), 0.6)])
    slope, offset = (torch.zeros((), requires_grad=True) for _ in range(2))

    def velocity(state, time, last):
        return normal_velocity(state, time) + slope * (state - time[:, None] * CENTRE) + offset

    loss = flow.consistency_loss(velocity, "linear", start, noise, end, times, torch.ones(()))
    assert loss > 1e-3  # the estimates differ, it is only their mean that agrees
    for gradient in torch.autograd.grad(loss, (slope, offset)):
        assert abs(float(gradient)) < 5e-3


@pytest.mark.parametrize("path", ["linear", "cosine"])
def test_going_back_by_noise_gives_the_earlier_states_distribution(path):
    torch.manual_seed(0)
    late, early = (flow.moment(path, torch.full((50_000,), time)) for time in (0.9, 0.4))
    start = flow.Start(torch.full((50_000, 1), 0.7), torch.full((50_000, 1), 1.5))
    end = torch.full((50_000, 1), CENTRE)
    state = late.state(start.draw(torch.randn(50_000, 1)), end)
    parts = (late.a, late.b), (early.a, early.b)
    back = consistency.noisier(state, start.centre, start.spread, torch.randn(50_000, 1), *parts)
    expected = early.state(start.centre, end)
    assert back.mean() == pytest.approx(float(expected.mean()), abs=0.03)
    assert back.std() == pytest.approx(1.5 * float(early.b[0]), rel=0.02)


def test_the_later_estimate_gets_no_gradient():
    one, later = (torch.ones(3, requires_grad=True) for _ in range(2))
    consistency.loss(2 * one, later).backward()
    assert later.grad is None and one.grad.abs().min() > 0


def test_unit_weights_give_parsevals_equality():
    torch.manual_seed(0)
    residual = torch.randn(3, 48, dtype=torch.float64)
    energy = frequency_loss.energy(residual, (6, 8))
    torch.testing.assert_close(energy.sum((1, 2)), residual.square().sum(1))


def test_low_frequencies_weigh_more_and_the_mean_weight_is_one():
    weights = frequency_loss.weights((16, 16), torch.device("cpu"))
    assert weights.mean() == pytest.approx(1, abs=1e-6)
    assert weights[0, 0] == weights.max() and weights[8, 8] == weights.min()
    assert weights[2, 0] == pytest.approx(float(weights[0, 0]) / 2)  # a quarter of Nyquist
    y = torch.arange(16.0)[:, None].expand(16, 16)
    slow, fast = (torch.sin(2 * math.pi * k * y / 16).reshape(1, -1) for k in (1, 7))
    assert frequency_loss.loss(slow, (16, 16)) > 5 * frequency_loss.loss(fast, (16, 16))


def test_the_average_by_hand():
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 1.0)
    mean = average.Average(network)
    nn.init.constant_(network.weight, 3.0)
    mean.update(network, 0.9)
    assert float(mean.values()[0]) == pytest.approx(0.9 * 1 + 0.1 * 3)
    mean.hand_over(network)
    assert network.weight.item() == pytest.approx(1.2)


def test_the_averages_window_fits_the_training():
    """Of 1,600 steps it forgets the start, and it begins as the plain mean."""
    window = TECHNIQUES["average"]["average_fraction"]
    kept = np.prod([average.decay(step, 1600, window) for step in range(1600)])
    assert kept < 1e-6 < 0.85 < 0.9999**1600
    assert [average.decay(step, 1600, 0.05) for step in (0, 1, 2)] == pytest.approx([1 / 2, 2 / 3, 3 / 4])


def test_the_circle_is_a_path_and_its_velocity():
    time = torch.linspace(0, 1, 11, dtype=torch.float64)[:, None].requires_grad_()
    a, b, a_rate, b_rate = noise_schedule.circle(time)
    for value, rate in ((a, a_rate), (b, b_rate)):
        torch.testing.assert_close(torch.autograd.grad(value.sum(), time, retain_graph=True)[0], rate)
    assert (a[0].item(), b[0].item()) == (0, 1) and a[-1].item() == 1


def test_self_conditioning_shows_half_an_estimate_without_gradient():
    weight = torch.ones(1, requires_grad=True)
    shown = torch.tensor([True, False])
    found = self_conditioning.first_estimate(lambda last: weight * (last + 2), torch.zeros(2, 3), shown)
    assert found.tolist() == [[2, 2, 2], [0, 0, 0]] and not found.requires_grad
