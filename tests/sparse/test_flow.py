"""Flow matching: paths, endpoints, samplers and floors against closed forms."""

import math

import numpy as np
import pytest
import torch
from fieldbench.sparse import flow
from fieldbench.sparse.diagnostics import flow_floor

PATHS = pytest.mark.parametrize("path", ["linear", "cosine"])
TIMES = torch.tensor([0.0, 0.1, 0.5, 0.93, 1.0], dtype=torch.float64)


def pairs(count=5, points=7):
    torch.manual_seed(0)
    return torch.randn(2, count, points, dtype=torch.float64)


@PATHS
def test_the_velocity_is_the_states_derivative(path):
    start, end = pairs()
    times = TIMES.clone().requires_grad_()
    state = flow.moment(path, times).state(start, end)
    for point in range(state.shape[1]):
        rate = torch.autograd.grad(state[:, point].sum(), times, retain_graph=True)[0]
        expected = flow.moment(path, TIMES).velocity(start, end)[:, point]
        torch.testing.assert_close(rate, expected)


@PATHS
def test_paths_run_from_start_to_end_and_the_end_follows_from_the_velocity(path):
    start, end = pairs()
    at = flow.moment(path, TIMES)
    state = at.state(start, end)
    torch.testing.assert_close(state[0], start[0])
    torch.testing.assert_close(state[-1], end[-1])
    torch.testing.assert_close(at.end(state, at.velocity(start, end)), end)


def test_the_cosine_path_keeps_the_variance():
    at = flow.moment("cosine", TIMES)
    torch.testing.assert_close(at.a**2 + at.b**2, torch.ones_like(at.a))


def test_heun_is_exact_where_the_velocity_is_linear_in_time():
    start = pairs()[0]
    end = flow.heun(lambda z, t, last: 3 - 4 * t[:, None].expand_as(z), "linear", start, 5)
    torch.testing.assert_close(end, start + 3 - 2, rtol=0, atol=1e-6)


def test_heun_follows_a_linear_equation_to_second_order():
    """dz/dt = -2 z; each step multiplies by exactly 1 - 2h + 2h^2."""
    start = pairs()[0]
    for steps in (10, 20):
        end = flow.heun(lambda z, t, last: -2 * z, "linear", start, steps)
        h = 1 / steps
        torch.testing.assert_close(end, start * (1 - 2 * h + 2 * h**2) ** steps, rtol=1e-6, atol=0)
    torch.testing.assert_close(end, start * math.exp(-2), rtol=0.01, atol=0)


def test_the_sampler_hands_on_the_last_estimate():
    """Along straight paths to one field the estimate is that field, at every time but the first."""
    start, field = pairs()
    seen = []

    def velocity(state, time, last):
        seen.append(last)
        return field - start

    flow.heun(velocity, "linear", start, 3)
    assert not seen[0].any()
    for estimate in seen[1:]:
        torch.testing.assert_close(estimate, field)


def test_the_documents_sampler_never_feeds_the_state_back():
    start = torch.zeros(2, 4000)
    generator = torch.Generator().manual_seed(0)
    right = flow.heun(lambda z, t, last: 5 - z, "linear", start, 50)
    wrong = flow.fresh_noise(lambda z, t, last: 5 - z, start, 50, generator)
    assert right.mean() == pytest.approx(5 * (1 - math.exp(-1)), abs=0.01)
    assert wrong.mean() == pytest.approx(5, abs=0.02)


@PATHS
def test_the_right_velocity_has_no_residual(path):
    start, end = pairs()
    at = flow.moment(path, TIMES)

    def velocity(state, time, last):
        return at.velocity(start, end)

    assert not flow.residual(velocity, path, start, end, TIMES, None).any()


@PATHS
def test_normal_fields_have_the_floor_of_the_closed_form(path):
    """x1 = m + s n: with z = a x1 + b x0, Var(v | z) = (a' b - a b')^2 s^2 / (a^2 s^2 + b^2)."""
    spread = 0.5
    values = 3 + spread * np.random.default_rng(0).standard_normal(200_000)
    at = flow.moment(path, (torch.arange(1000, dtype=torch.float64) + 0.5) / 1000)
    turn = at.a_rate * at.b - at.a * at.b_rate
    expected = (turn**2 * spread**2 / (at.a**2 * spread**2 + at.b**2)).mean()
    assert flow_floor(values, path) == pytest.approx(float(expected), rel=0.03)


def test_waves_have_the_floor_that_blind_networks_reach():
    """0.515 for a sine of amplitude 1/2, as trained networks that ignored their observations measured."""
    values = 0.5 + 0.5 * np.sin(np.linspace(0, 2 * np.pi, 10_000, endpoint=False))
    assert flow_floor(values, "linear") == pytest.approx(0.515, abs=0.002)
