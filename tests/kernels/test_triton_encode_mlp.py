"""Look-up and network in one kernel against the two, which other tests hold to double precision."""

from itertools import pairwise

import pytest
import torch
from fieldbench.encoders._multigrid import Level, lattices
from fieldbench.kernels.fused import encode_mlp_kernel, plain_encode_mlp

pytest.importorskip("triton", reason="Triton's kernels need Triton, which has no build for this platform")

BY_MASK = [(4, None), (9, 64), (20, 128)]  # resolution, and rows where hashed
BY_DIVISION = [(4, None), (9, 77), (20, 128)]


def case(axes, features, sizes, width):
    torch.manual_seed(10)
    levels = [
        Level(resolution, rows or resolution**axes, bool(rows), "scaled", "linear")
        for resolution, rows in sizes
    ]
    table = torch.randn(sum(level.rows for level in levels), features)
    widths = [len(levels) * features, width, width, 3]
    weights = [torch.randn(o, i) / i**0.5 for i, o in pairwise(widths)]
    biases = [torch.randn(o) for o in widths[1:]]
    points = torch.cat([torch.rand(70, axes), torch.zeros(1, axes), torch.ones(1, axes)])
    return points, table, lattices(levels, axes), weights, biases


def moved(values, device):
    return [
        [part.to(device) for part in value] if isinstance(value, list) else value.to(device)
        for value in values
    ]


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("features", [1, 2, 8])  # 24 columns of a tile of 32 in the end
@pytest.mark.parametrize("sizes", [BY_MASK, BY_DIVISION])
def test_one_kernel_equals_two_steps(axes, features, sizes, device):
    points, table, grid, weights, biases = case(axes, features, sizes, 32)
    wanted = plain_encode_mlp(points, table, grid, weights, biases, "gelu")
    points, table, weights, biases = moved((points, table, weights, biases), device)
    found = encode_mlp_kernel(points, table, grid, weights, biases, "gelu", torch.float32)
    torch.testing.assert_close(found.cpu(), wanted, rtol=1e-5, atol=1e-5)


def test_half_precision(device):
    points, table, grid, weights, biases = case(3, 2, BY_MASK, 16)
    wanted = plain_encode_mlp(points, table, grid, weights, biases, "relu")
    points, table, weights, biases = moved((points, table, weights, biases), device)
    found = encode_mlp_kernel(points, table, grid, weights, biases, "relu", torch.float16)
    assert found.dtype == torch.float16
    torch.testing.assert_close(found.cpu().float(), wanted, rtol=1e-2, atol=1e-2)
