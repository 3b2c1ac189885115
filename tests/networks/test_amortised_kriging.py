"""The closed form against a dense Gaussian conditional, and what follows from it."""

import numpy as np
import torch
from fieldbench.networks import amortised_kriging

SIZES = {"nyquist": 8.0, "hidden": 16, "rounds": 2, "spacing": 1.0, "cutoff": 4.0, "learned": 5}


def network():
    torch.manual_seed(0)
    return amortised_kriging.build(2, 1, **SIZES)


def test_waves_are_half_of_a_disc_without_repetition():
    grid = amortised_kriging.waves(0.5, 3.0)
    rows = {tuple(row) for row in grid.tolist()}
    assert len(rows) == len(grid)
    assert (0.0, 0.0) in rows and not any((-y, -x) in rows for y, x in rows if (y, x) != (0.0, 0.0))
    assert grid.norm(dim=1).max() <= 3


def test_coefficients_are_those_of_the_dense_conditional():
    torch.manual_seed(0)
    bases = torch.randn(2, 7, 6), torch.randn(2, 7, 3)
    variances = torch.rand(2, 6), torch.rand(2, 3)
    nugget, values = torch.full((2,), -3.0), torch.randn(2, 7)
    found = torch.cat(amortised_kriging.solve(bases, variances, nugget, values), -1)
    basis, prior = torch.cat(bases, -1).double().numpy(), torch.cat(variances, -1).double().numpy()
    for field in range(2):
        gain = prior[field][:, None] * basis[field].T
        dense = basis[field] @ gain + np.exp(-3.0) * np.eye(7)
        expected = gain @ np.linalg.solve(dense, values[field].double().numpy())
        np.testing.assert_allclose(found[field].numpy(), expected, rtol=1e-4, atol=1e-5)


def test_observations_are_reproduced_up_to_the_nugget():
    net = network()
    torch.nn.init.constant_(net.nugget, np.log(1e-5))
    position, values = torch.rand(2, 9, 2), torch.randn(2, 9)
    found = net(net.encode(position, values), position)[..., 0]
    assert (found - values).abs().max() < 0.05


def test_neither_the_order_of_observations_nor_other_queries_matter():
    net = network()
    position, values, query = torch.rand(2, 9, 2), torch.randn(2, 9), torch.rand(2, 30, 2)
    memory = net.encode(position, values)
    whole, order = net(memory, query), torch.randperm(9)
    torch.testing.assert_close(net(memory, query[:, 4:5]), whole[:, 4:5], rtol=0, atol=1e-5)
    again = net(net.encode(position[:, order], values[:, order]), query)
    torch.testing.assert_close(again, whole, rtol=0, atol=1e-3)


def test_variances_sum_to_one():
    net = network()
    waves, functions = net.variances(torch.randn(3, len(net.frequencies) + SIZES["learned"]))
    torch.testing.assert_close(0.5 * waves.sum(-1) + functions.sum(-1), torch.ones(3))
