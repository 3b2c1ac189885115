"""Windows of neighbours: the same as all observations where these are few, and as good where they are many."""

import numpy as np
import pytest
from fieldbench.sparse import neighbourhoods
from fieldbench.sparse.kriging import Kriging
from fieldbench.sparse.problem import Observed
from fieldbench.sparse.stationary import Stationary

MODEL = Stationary("matern32", length=0.1, variance=1.0, nugget=0.01)


def question(count, cells=400, seed=0):
    """Places of observations and, behind them, of cells; what is seen; and the prior."""
    rng = np.random.default_rng(seed)
    places = rng.random((count + cells, 2))
    values = np.sin(9 * places[:count, 0]) + np.cos(7 * places[:count, 1]) + 0.1 * rng.standard_normal(count)

    def covariance(first, second):
        return MODEL.covariance(places[first], places[second])

    everywhere = np.ones(len(places))
    prior = Kriging(0 * everywhere, everywhere, covariance, MODEL.nugget, ordinary=True)
    return places, Observed(np.arange(count), values, np.zeros(count)), prior, np.arange(count, count + cells)


def test_few_observations_all_take_part():
    places, seen, prior, cells = question(60)
    local = neighbourhoods.condition(prior, places, seen, cells)
    whole = prior.condition(seen, cells)
    np.testing.assert_allclose(local.mean, whole.mean, rtol=1e-10)
    np.testing.assert_allclose(local.spread, whole.spread, rtol=1e-10)


def test_windows_tell_what_all_tell():
    places, seen, prior, cells = question(neighbourhoods.WHOLE + 200)
    told = []
    local = neighbourhoods.condition(prior, places, seen, cells, done=told.append)
    whole = prior.condition(seen, cells)
    assert (np.abs(local.mean - whole.mean) / whole.spread).max() < 0.1
    np.testing.assert_allclose(local.spread, whole.spread, rtol=0.01)
    assert sum(told) == len(cells) and len(told) > 1


def test_threads_change_nothing():
    places, seen, prior, cells = question(neighbourhoods.WHOLE + 1, cells=100)
    one, two = (neighbourhoods.condition(prior, places, seen, cells, cores=cores) for cores in (1, 2))
    np.testing.assert_array_equal(one.mean, two.mean)


@pytest.mark.parametrize("count", [50, neighbourhoods.WHOLE + 500])
def test_every_cell_is_in_one_block_which_observations_do_not_crowd(count):
    places, seen, _, cells = question(count, cells=3000)
    windows = neighbourhoods._Windows.of(places[seen.index])
    blocks = windows.blocks(places[cells])
    np.testing.assert_array_equal(np.sort(np.concatenate(blocks)), np.arange(len(cells)))
    assert max(map(len, blocks)) <= neighbourhoods.LARGEST
    assert not windows.blocks(places[:0])


def test_cells_at_one_place_are_one_block():
    places, seen, _, _ = question(neighbourhoods.WHOLE + 1)
    windows = neighbourhoods._Windows.of(places[seen.index])
    assert len(windows.blocks(np.full((5000, 2), 0.5))) == 1
