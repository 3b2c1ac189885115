"""Intervals and verdicts on draws whose truth is known: how often they hold, and how often they are wrong."""

import numpy as np
import pandas as pd
import pytest
from fieldbench.report.statistics import Scale, compare, compare_two

RUNS = 1000
COVERAGE = (0.93, 0.975)  # of 95 % intervals, with the noise of as many runs
WRONG = 0.06  # of families with a verdict that is false, at most; 5 % and the noise of as many runs


def over(name, values):
    """Draws over one thing, or over seeds (rows) and it (columns)."""
    values = np.asarray(values, float)
    if values.ndim == 1:
        return pd.Series(values, index=pd.RangeIndex(len(values), name=name))
    index = pd.MultiIndex.from_product([range(size) for size in values.shape], names=["seed", name])
    return pd.Series(values.ravel(), index=index)


def covered(draw, truth=0.0, scale=Scale.DIFFERENCE):
    """The share of runs whose interval holds the truth."""
    found = (compare_two(*draw(), scale).change for _ in range(RUNS))
    return np.mean([change.low <= truth <= change.high for change in found])


def seeds(rng, count, spread):
    return over("seed", np.exp(rng.normal(0, spread, count)))


def trained(rng, fields, seeds, between=0.3, within=0.5, residual=0.5):
    """PSNR of a method on common fields: its seeds differ, its fields differ, and both together."""
    own = rng.normal(0, within, len(fields))
    left = rng.normal(0, residual, (seeds, len(fields)))
    return over("field", 20 + fields + own + rng.normal(0, between, (seeds, 1)) + left)


def series(rng, count, correlation):
    """Draws in time of which each remembers the one before."""
    values = [rng.normal() / np.sqrt(1 - correlation**2)]
    for noise in rng.normal(size=count - 1):
        values.append(correlation * values[-1] + noise)
    return over("time", values)


@pytest.mark.parametrize("count", [3, 5, 10])
@pytest.mark.parametrize("ratio", [1, 3])
def test_seeds(count, ratio):
    rng = np.random.default_rng(count)
    share = covered(lambda: (seeds(rng, count, 0.02 * ratio), seeds(rng, count, 0.02)), scale=Scale.RATIO)
    assert COVERAGE[0] < share < COVERAGE[1]


@pytest.mark.parametrize(("count", "between"), [(3, 0.3), (3, 0.1), (5, 0.3), (5, 1.0)])
def test_fields_and_seeds(count, between):
    rng = np.random.default_rng(0)

    def draw():
        fields = rng.normal(0, 3, 16)
        return trained(rng, fields, count, between), trained(rng, fields, count, between)

    assert COVERAGE[0] < covered(draw) < COVERAGE[1]


@pytest.mark.parametrize("count", [5, 10])
def test_inputs(count):
    rng = np.random.default_rng(count)
    share = covered(lambda: (over("input", rng.normal(0.1, 0.2, count)), 0.0), 0.1, Scale.LOGARITHM)
    assert COVERAGE[0] < share < COVERAGE[1]


def test_blocks_of_a_map():
    rng = np.random.default_rng(0)

    def draw():
        shared = np.exp(rng.normal(0, 0.3, 16))
        return tuple(over("block", shared * (1 + rng.normal(0, 0.1, 16))) for _ in range(2))

    assert COVERAGE[0] < covered(draw, scale=Scale.RATIO) < COVERAGE[1]


@pytest.mark.parametrize(("count", "correlation"), [(24, 0.0), (24, 0.3), (48, 0.57)])
def test_months_of_a_series(count, correlation):
    rng = np.random.default_rng(count)
    assert COVERAGE[0] - 0.005 < covered(lambda: (series(rng, count, correlation), 0.0)) < COVERAGE[1]


def test_independent_months_would_be_trusted_too_far():
    rng = np.random.default_rng(48)
    taken_as_independent = covered(lambda: (series(rng, 48, 0.57).rename_axis("field"), 0.0))
    assert taken_as_independent < 0.85


@pytest.mark.parametrize(("count", "methods"), [(3, 8), (5, 8), (10, 3)])
def test_a_family_is_seldom_wrong(count, methods):
    """No method differs from the reference, which all of them share."""
    rng = np.random.default_rng(methods)
    wrong = 0
    for _ in range(RUNS // 3):
        reference = seeds(rng, count, 0.03)
        pairs = {name: (seeds(rng, count, 0.03), reference) for name in range(methods)}
        wrong += any(found.verdict != "undecided" for found in compare(pairs, Scale.RATIO).values())
    assert wrong / (RUNS // 3) < WRONG


@pytest.mark.parametrize(("count", "least"), [(3, 0.2), (5, 0.9), (10, 1.0)])
def test_a_true_difference_is_found(count, least):
    """A change by 10 % among three methods, where seeds spread by 2 %."""
    rng = np.random.default_rng(count)
    found = 0
    for _ in range(200):
        reference = seeds(rng, count, 0.02)
        pairs = {
            name: (seeds(rng, count, 0.02) * factor, reference) for name, factor in enumerate((1.1, 1.0, 1.0))
        }
        found += compare(pairs, Scale.RATIO, lower_is_better=True)[0].verdict == "worse"
    assert found / 200 >= least
