"""Ordinary kriging by hand, errors of single observations, several fields at once, and the choice of parameters."""

from types import SimpleNamespace

import numpy as np
import pytest
from fieldbench.sparse import kriging as module
from fieldbench.sparse.kriging import Kriging
from fieldbench.sparse.prediction import choices
from fieldbench.sparse.problem import Observations, Observed

PLACES = np.array([0.0, 1.0, 0.5, 3.0])  # the first two are observed
SEEN = np.array([0, 1])


def seen(values, error=0.0):
    """Values at the first two places, (2,) or (F, 2)."""
    return Observed(SEEN, np.asarray(values), np.broadcast_to(np.asarray(error, float), 2))


def prior(**more):
    """Variance 2, correlation exp(-distance), unknown mean."""

    def covariance(first, second):
        return 2 * np.exp(-np.abs(PLACES[first][:, None] - PLACES[second]))

    facts = {
        "mean": np.zeros(4),
        "variance": np.full(4, 2.0),
        "covariance": covariance,
        "nugget": 0.0,
    }
    return Kriging(**facts | {"ordinary": True} | more)


def test_two_observations_by_hand():
    """Half way between both each weighs 1/2; the variance is c(0) - c₀ᵀw + m with the Lagrange multiplier m."""
    made = prior().condition(seen([3.0, 7.0]), np.array([2]))
    assert made.mean[0] == pytest.approx(5.0)
    near, apart = 2 * np.exp(-0.5), 2 * np.exp(-1.0)
    multiplier = (2 + apart) / 2 - near  # from Σ w C + m = c₀ with w = 1/2
    assert made.spread[0] ** 2 == pytest.approx(2 - near + multiplier)


def test_beyond_both_weights_by_hand():
    """[[2, c, 1], [c, 2, 1], [1, 1, 0]] [w₁, w₂, m] = [c(3), c(2), 1]."""
    apart, far, near = 2 * np.exp(-np.array([1.0, 3.0, 2.0]))
    first = 0.5 + (far - near) / (2 * (2 - apart))
    made = prior().condition(seen([3.0, 7.0]), np.array([3]))
    assert made.mean[0] == pytest.approx(first * 3 + (1 - first) * 7)
    multiplier = far - 2 * first - apart * (1 - first)
    variance = 2 - first * far - (1 - first) * near - multiplier
    assert made.spread[0] ** 2 == pytest.approx(variance)


def test_far_away_ordinary_kriging_knows_the_mean_of_the_observations_and_simple_kriging_the_prior_one():
    kriging = prior()
    lonely = {"covariance": lambda first, second: 2.0 * np.equal.outer(first, second)}
    values, far = np.array([3.0, 7.0]), np.array([3])
    ordinary, simple = prior(**lonely), prior(**lonely, ordinary=False)
    assert ordinary.condition(seen(values), far).mean[0] == pytest.approx(5.0)
    assert ordinary.condition(seen(values), far).spread[0] ** 2 == pytest.approx(
        3.0
    )  # field 2, and mean 2 / 2
    assert simple.condition(seen(values), far).mean[0] == 0.0
    np.testing.assert_allclose(kriging.condition(seen(values), SEEN).mean, values)


def test_an_observation_that_is_not_known_has_no_weight():
    made = prior().condition(seen([3.0, 7.0], [0.0, 1e6]), np.array([2, 3]))
    np.testing.assert_allclose(made.mean, 3.0, rtol=1e-6)


def test_an_error_is_a_nugget_that_the_place_does_not_have():
    noisy, points = prior().condition(seen([3.0, 7.0], 0.5), np.array([2, 3])), np.array([2, 3])
    rough = prior(nugget=0.25).condition(seen([3.0, 7.0]), points)
    np.testing.assert_allclose(noisy.mean, rough.mean)
    np.testing.assert_allclose(noisy.spread**2 + 0.25, rough.spread**2)


def test_an_error_is_a_nugget_that_the_field_does_not_have():
    """Of a field far away only the constant is known: the mean of both, with a half of their variances and errors."""
    lonely = {"covariance": lambda first, second: 2.0 * np.equal.outer(first, second)}
    made = prior(**lonely).condition(seen([3.0, 7.0], [1.0, 1.0]), np.array([3]))
    assert made.mean[0] == pytest.approx(5.0) and made.spread[0] ** 2 == pytest.approx(2 + (2 + 1) / 2)
    uneven = prior(**lonely).condition(seen([3.0, 7.0], [0.0, 2.0]), np.array([3]))
    assert uneven.mean[0] == pytest.approx((3 / 2 + 7 / 6) / (1 / 2 + 1 / 6)), "weights 1 / (2 + error²)"


@pytest.mark.parametrize("ordinary", [True, False])
def test_fields_at_once_are_the_fields_one_by_one(ordinary):
    kriging, points = prior(ordinary=ordinary, mean=np.arange(4.0)), np.array([1, 2, 3])
    fields = np.array([[3.0, 7.0], [0.0, -1.0], [2.0, 2.0]])
    together = kriging.condition(seen(fields), points)
    for number, field in enumerate(fields):
        np.testing.assert_allclose(together.mean[number], kriging.condition(seen(field), points).mean)
    assert together.spread.shape == (3,)


def test_parameters_are_searched_until_nothing_helps():
    """A valley askew to both axes: one after the other, again and again, leads to its floor at (3, 1)."""

    def error(first, second):
        return (first - 3) ** 2 + (second - 1) ** 2 + 0.5 * (first - 3) * (second - 1)

    grid = {"first": range(8), "second": range(8)}
    assert module.searched(error, grid) == {"first": 3, "second": 1}


def test_what_lies_at_the_edge_of_a_list():
    grid = {"share": (0.5, 1.0), "taper": (1.0, 2.0, np.inf), "length": (1.0, 2.0, 3.0), "ridge": (1e-3,)}
    ends = {"share": (0.0, 1.0), "taper": (np.inf,)}

    def edge(**chosen):
        return module.at_edge(
            {"share": 1.0, "taper": np.inf, "length": 2.0, "ridge": 1e-3} | chosen, grid, ends
        )

    assert edge() == []
    assert edge(share=0.5, length=3.0) == ["share", "length"]
    assert edge(taper=1.0) == ["taper"]


def test_parameters_are_judged_by_area():
    """Twice the area, twice the weight: errors of 1 and 2 at points of areas 1.5 and 0.5 have (1.5 + 2) / 2."""
    seen = Observations(np.array([[0]]), np.array([[0.0]]), np.zeros((1, 1)))
    truth = np.array([[0.0, 1.0, 2.0]])
    problem = SimpleNamespace(
        validation=truth, validation_observations=seen, weight=np.array([9.0, 1.5, 0.5])
    )
    lonely = Kriging(np.zeros(3), np.ones(3), lambda first, second: 1.0 * np.equal.outer(first, second), 0.0)
    assert module._validation_error(lonely, problem, np.array([1, 2])) == pytest.approx(1.75)


def test_what_was_chosen_is_told_in_a_record():
    made = prior(chosen={"share": 0.9, "taper": np.inf}, at_edge=["share"])
    assert choices(made) == {"chosen": {"share": "0.9", "taper": "inf"}, "at_edge": ["share"]}
    assert choices(prior()) == {} == choices(object())
