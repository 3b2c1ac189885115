"""Blocks as far away as the map's cells, and intervals that hold on what calibration did not see."""

import numpy as np
import pytest
from fieldbench.sparse import held_out
from fieldbench.sparse.held_out import Calibration, Errors


def errors_of(places, actual, predicted, noise=0.0, seed=0):
    """Normal errors of standard deviation `actual` where `predicted` was said."""
    rng = np.random.default_rng(seed)
    count = len(places)
    error = np.hypot(actual, noise) * rng.standard_normal(count)
    fold = rng.integers(held_out.FOLDS, size=count)
    return Errors(places, fold, error, np.broadcast_to(predicted, count).astype(float), np.full(count, noise))


@pytest.fixture
def places():
    return np.random.default_rng(1).random((2000, 2))


def test_random_places_are_left_out_one_by_one(places):
    fold, size = held_out.folds(places[:500], places[500:])
    assert size == 1
    np.testing.assert_array_equal(np.unique(fold, return_counts=True)[1], 100)


def test_tracks_are_left_out_in_blocks_as_far_from_others_as_cells_are(places):
    along = np.linspace(0, 1, 500)
    tracks = np.concatenate([np.stack([along, np.full(500, x)], axis=1) for x in (0.1, 0.5, 0.9)])
    _, size = held_out.folds(tracks, places)
    assert size >= 16


def test_only_so_many_of_many_observations_are_left_out():
    fold, _ = held_out.folds(
        np.random.default_rng(0).random((30_000, 2)), np.random.default_rng(1).random((500, 2))
    )
    out = fold != held_out.NOT_LEFT_OUT
    assert out.sum() == held_out.MOST and set(fold[out]) == set(range(held_out.FOLDS))


def test_blocks_are_compact_and_hold_each_place_once():
    block = held_out.blocks(np.arange(16.0)[:, None], 4)
    assert len(set(block)) == 4 and (np.diff(block)[np.arange(15) % 4 != 3] == 0).all()


def test_a_spread_that_is_too_small_by_half_is_doubled(places):
    calibration = Calibration.of(errors_of(places, actual=2.0, predicted=1.0))
    np.testing.assert_allclose(calibration.scale(places[:100]), 2.0, rtol=0.25)
    assert calibration.factor == pytest.approx(2.0, rel=0.06)


def test_known_noise_is_not_taken_for_the_fields(places):
    calibration = Calibration.of(errors_of(places, actual=2.0, predicted=1.0, noise=1.0))
    assert calibration.factor == pytest.approx(2.0, rel=0.1)


def test_intervals_are_wider_where_errors_are_larger(places):
    actual = np.where(places[:, 0] > 0.5, 3.0, 1.0)
    errors = errors_of(places, actual, predicted=1.0)
    calibration = Calibration.of(errors)
    quiet, loud = calibration.scale(np.array([[0.2, 0.5], [0.8, 0.5]]))
    assert loud > 1.7 * quiet
    once = held_out.covered(errors, np.full(len(places), np.sqrt(np.mean(actual**2))))
    local = held_out.covered(errors, held_out.unseen_scale(errors))
    assert abs(local[0] - 0.68) < abs(once[0] - 0.68) and local == pytest.approx(held_out.LEVELS, abs=0.03)


def test_covered_shares_by_hand():
    errors = Errors(np.zeros((4, 1)), np.arange(4), np.array([0.5, -0.9, 1.5, 2.0]), np.ones(4), np.zeros(4))
    assert held_out.covered(errors, np.ones(4)) == (0.5, 0.75)  # within 0.994 and 1.645


def test_regions_are_compact(places):
    region = held_out.regions(places)
    assert held_out.REGIONS <= len(np.unique(region)) <= 2 * held_out.REGIONS
    assert all(np.ptp(places[region == number], axis=0).max() < 0.4 for number in np.unique(region))
