"""Encoders without a table, and factorized grids."""

import math

import pytest
import torch
from fieldbench.encoders import factorized, fourier, identity
from fieldbench.encoders._base import grid_points
from fieldbench.errors import UserError


def test_grid_points_are_row_major_with_both_ends():
    assert grid_points((2, 3)).tolist() == [[0, 0], [0, 0.5], [0, 1], [1, 0], [1, 0.5], [1, 1]]
    assert grid_points((1, 2)).tolist() == [[0, 0], [0, 1]]


def test_identity_spans_minus_one_to_one():
    assert identity.build(2)(torch.tensor([[0.0, 0.25], [1.0, 0.5]])).tolist() == [[-1, -0.5], [1, 0]]


def test_fourier_features_by_hand():
    encoder = fourier.build(2, frequencies=1)
    encoder.matrix.copy_(torch.tensor([[1.0, 0.5]]))
    features = encoder(torch.tensor([[0.25, 1.0]]))
    angle = 2 * math.pi * 0.75
    torch.testing.assert_close(features, torch.tensor([[math.cos(angle), math.sin(angle)]]))


def test_fourier_frequencies_have_the_given_scale():
    torch.manual_seed(0)
    assert fourier.build(2, frequencies=4000, scale=7.0).matrix.std().item() == pytest.approx(7, rel=0.03)


@pytest.mark.parametrize("wrong", [{"frequencies": 0}, {"scale": 0.0}])
def test_fourier_refuses_what_makes_no_features(wrong):
    with pytest.raises(UserError, match="frequencies >= 1 and scale > 0"):
        fourier.build(2, **wrong)


def test_features_without_parameters_are_computed_once():
    view = fourier.build(2, frequencies=3).on_grid((4, 5))
    assert view() is view() and view().shape == (6, 20)


def test_a_factorized_grid_of_rank_one_is_a_product():
    grid = {"base_resolution": 9, "max_resolution": 9, "levels": 1, "features": 1, "table_size": 100}
    encoder = factorized.build(2, **grid, rank=1)
    with torch.no_grad():
        for table in encoder.tables:
            table.copy_(torch.arange(9.0)[:, None])
    points = torch.rand(40, 2) * 8 / 9
    wanted = (81 * points[:, 0] * points[:, 1])[:, None]
    torch.testing.assert_close(encoder(points), wanted, rtol=1e-5, atol=1e-5)
