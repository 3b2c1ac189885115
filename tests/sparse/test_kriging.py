"""Ordinary kriging by hand, errors of single observations, and several fields at once."""

import numpy as np
import pytest
from fieldbench.sparse.kriging import Kriging

PLACES = np.array([0.0, 1.0, 0.5, 3.0])  # the first two are observed
SEEN = np.array([0, 1])


def prior(**more):
    """Variance 2, correlation exp(-distance), unknown mean."""

    def covariance(first, second):
        return 2 * np.exp(-np.abs(PLACES[first][:, None] - PLACES[second]))

    facts = {
        "mean": np.zeros(4),
        "variance": np.full(4, 2.0),
        "covariance": covariance,
        "nugget": 0.0,
        "noise": 0.0,
    }
    return Kriging(**facts | {"ordinary": True} | more)


def test_two_observations_by_hand():
    """Half way between both each weighs 1/2; the variance is c(0) - c₀ᵀw + m with the Lagrange multiplier m."""
    made = prior().condition(SEEN, np.array([3.0, 7.0]), np.array([2]))
    assert made.mean[0] == pytest.approx(5.0)
    near, apart = 2 * np.exp(-0.5), 2 * np.exp(-1.0)
    multiplier = (2 + apart) / 2 - near  # from Σ w C + m = c₀ with w = 1/2
    assert made.spread[0] ** 2 == pytest.approx(2 - near + multiplier)


def test_beyond_both_weights_by_hand():
    """[[2, c, 1], [c, 2, 1], [1, 1, 0]] [w₁, w₂, m] = [c(3), c(2), 1]."""
    apart, far, near = 2 * np.exp(-np.array([1.0, 3.0, 2.0]))
    first = 0.5 + (far - near) / (2 * (2 - apart))
    made = prior().condition(SEEN, np.array([3.0, 7.0]), np.array([3]))
    assert made.mean[0] == pytest.approx(first * 3 + (1 - first) * 7)
    multiplier = far - 2 * first - apart * (1 - first)
    variance = 2 - first * far - (1 - first) * near - multiplier
    assert made.spread[0] ** 2 == pytest.approx(variance)


def test_far_away_ordinary_kriging_knows_the_mean_of_the_observations_and_simple_kriging_the_prior_one():
    kriging = prior()
    lonely = {"covariance": lambda first, second: 2.0 * np.equal.outer(first, second)}
    values, far = np.array([3.0, 7.0]), np.array([3])
    ordinary, simple = prior(**lonely), prior(**lonely, ordinary=False)
    assert ordinary.condition(SEEN, values, far).mean[0] == pytest.approx(5.0)
    assert ordinary.condition(SEEN, values, far).spread[0] ** 2 == pytest.approx(
        3.0
    )  # field 2, and mean 2 / 2
    assert simple.condition(SEEN, values, far).mean[0] == 0.0
    np.testing.assert_allclose(kriging.condition(SEEN, values, SEEN).mean, values)


def test_an_observation_that_is_not_known_has_no_weight():
    made = prior().condition(SEEN, np.array([3.0, 7.0]), np.array([2, 3]), error=np.array([0.0, 1e6]))
    np.testing.assert_allclose(made.mean, 3.0, rtol=1e-6)


def test_errors_add_to_the_noise_of_all():
    values, points = np.array([3.0, 7.0]), np.arange(4)
    both = prior(noise=0.3).condition(SEEN, values, points, error=np.full(2, 0.4))
    one = prior(noise=0.5).condition(SEEN, values, points)
    np.testing.assert_allclose(both.mean, one.mean)
    np.testing.assert_allclose(both.spread, one.spread)


@pytest.mark.parametrize("ordinary", [True, False])
def test_fields_at_once_are_the_fields_one_by_one(ordinary):
    kriging, points = prior(ordinary=ordinary, mean=np.arange(4.0)), np.array([1, 2, 3])
    fields = np.array([[3.0, 7.0], [0.0, -1.0], [2.0, 2.0]])
    together = kriging.condition(SEEN, fields, points)
    for number, field in enumerate(fields):
        np.testing.assert_allclose(together.mean[number], kriging.condition(SEEN, field, points).mean)
    assert together.spread.shape == (3,)
