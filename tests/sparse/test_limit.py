"""The Cramer-Rao limit: by hand, against differences, and for absent waves."""

import numpy as np
import pytest
from fieldbench.datasets import _waves
from fieldbench.errors import UserError
from fieldbench.sparse import limit

SIDE = 16
POSITION = np.stack(np.meshgrid(*[np.linspace(0, 1, SIDE)] * 2, indexing="ij"), -1).reshape(-1, 2)
EVERYWHERE = np.arange(SIDE**2)[None]


def drawn(family, count=4):
    return _waves.draw(family, count, np.random.default_rng(0))


def test_an_amplitude_alone_by_hand(monkeypatch):
    # z = a sin(phase), seen at points n: var(a / 2) = noise^2 / sum sin^2, and the field follows in proportion.
    monkeypatch.setitem(limit.FREE, "multi-frequency", ("amplitude",))
    parameters = {
        "wave": np.array([[[3.0, 1.0]]]),
        "phase": np.array([[0.4]]),
        "amplitude": np.array([[0.7]]),
    }
    index = np.array([[3, 50, 77, 200]])
    sine = np.sin(2 * np.pi * POSITION @ [3.0, 1.0] + 0.4)
    known = 0.1**2 * np.mean(sine**2) / np.sum(sine[index[0]] ** 2)
    found = limit.variance("multi-frequency", parameters, POSITION, index, 0.1)
    np.testing.assert_allclose(found, known, rtol=1e-10)


@pytest.mark.parametrize(
    ("family", "unknown"), [("simple", 3), ("radial", 2), ("interference", 6), ("composite", 3)]
)
def test_seen_everywhere_each_parameter_costs_its_share_of_the_noise(family, unknown):
    found = limit.variance(family, drawn(family), POSITION, np.repeat(EVERYWHERE, 4, 0), 0.2)
    np.testing.assert_allclose(found, 0.2**2 * unknown / SIDE**2, rtol=1e-8)


def test_waves_and_modulations_that_a_field_lacks_cost_nothing():
    parameters = drawn("multi-frequency", 8)
    found = limit.variance("multi-frequency", parameters, POSITION, np.repeat(EVERYWHERE, 8, 0), 1.0)
    number = (parameters["amplitude"] > 0).sum(1)
    np.testing.assert_allclose(found, 4 * number / SIDE**2, rtol=1e-8)
    assert set(number) == {2, 3}

    parameters = drawn("modulated", 8)
    found = limit.variance("modulated", parameters, POSITION, np.repeat(EVERYWHERE, 8, 0), 1.0)
    np.testing.assert_allclose(found, np.where(parameters["frequency_modulated"], 3, 5) / SIDE**2, rtol=1e-6)


@pytest.mark.parametrize("family", sorted(limit.FREE))
def test_derivatives_against_differences(family):
    parameters, step = drawn(family), 1e-6
    found = limit.jacobian(family, parameters, POSITION)
    name = limit.FREE[family][0]
    entry = (0,) * (parameters[name].ndim - 1)
    moved = [parameters | {name: parameters[name].copy()} for _ in range(2)]
    for sign, one in zip((1, -1), moved, strict=True):
        one[name][:, *entry] += sign * step
    above, below = (_waves.evaluate(family, one, *POSITION.T) for one in moved)
    np.testing.assert_allclose(found[:, 0], (above - below) / (2 * step), atol=1e-7)


def test_the_limit_is_reached_by_least_squares():
    # The phase alone is unknown: a Newton step from the truth is the maximum-likelihood estimate for little noise.
    parameters = {"wave": np.array([[2.0, 1.5]]), "phase": np.array([0.3])}
    index = np.array([[5, 60, 100, 130, 255]])
    slope = limit.jacobian("simple", parameters, POSITION)[0, -1]
    noise = np.random.default_rng(1).normal(0, 1e-3, (20000, 5))
    phase = noise @ slope[index[0]] / np.sum(slope[index[0]] ** 2)
    spent = np.mean(phase**2) * np.mean(slope**2)
    known = 1e-6 * np.mean(slope**2) / np.sum(slope[index[0]] ** 2)
    assert spent == pytest.approx(known, rel=0.03)


def test_unknown_family():
    with pytest.raises(UserError, match="No limit is known for the `family` 'square'"):
        limit.variance("square", {}, POSITION, EVERYWHERE, 0.1)
