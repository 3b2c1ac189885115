"""Triton's look-up in grids against independent code in double precision, forward and backward."""

import pytest
import torch
from fieldbench.encoders import _multigrid, multigrid
from fieldbench.encoders._multigrid import Level, lattices
from fieldbench.kernels import fused
from fieldbench.kernels.fused import GridEncode, plain_grid

from tests.encoders import independent

pytest.importorskip("triton", reason="Triton's kernels need Triton, which has no build for this platform")

TOLERANCE = {torch.float32: 1e-5, torch.float16: 2e-3}
LEVELS = [
    (1, None),
    (4, None),
    (9, 77),
    (20, 64),
]  # resolution and rows: dense in copies, hashed by division, by a mask


def case(axes, features, cells):
    """Levels, one table of all, and points: more than a block, with the ends of the domain."""
    torch.manual_seed(8)
    levels = [
        Level(resolution, rows or resolution**axes, bool(rows), cells, "linear")
        for resolution, rows in LEVELS
    ]
    points = torch.cat([torch.rand(270, axes), torch.zeros(1, axes), torch.ones(1, axes)])
    return levels, torch.randn(sum(level.rows for level in levels), features), points


def exact(levels, table, points):
    """Features (L, F, N) in double precision."""
    tables = table.split([level.rows for level in levels])
    return torch.stack(
        [
            independent.interpolate(part, points.double(), level.resolution, level.hashed, level.cells).T
            for part, level in zip(tables, levels, strict=True)
        ]
    )


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("features", [1, 2, 4])
@pytest.mark.parametrize("cells", ["scaled", "aligned"])
@pytest.mark.parametrize("precision", TOLERANCE)
def test_values_and_gradients(axes, features, cells, precision, device):
    levels, table, points = case(axes, features, cells)
    stored = table.to(precision).double().requires_grad_()
    wanted = exact(levels, stored, points)
    upstream = torch.randn(wanted.shape).to(precision)
    wanted.backward(upstream.double())
    arguments = tuple(lattices(levels, axes)), precision
    for form, where in ((GridEncode.apply, device), (plain_grid, torch.device("cpu"))):
        parameter = table.to(where, copy=True).requires_grad_()
        features = form(points.to(where), parameter, *arguments)
        assert features.dtype == precision
        torch.testing.assert_close(
            features.cpu().double(), wanted.detach(), rtol=TOLERANCE[precision], atol=1e-5
        )
        features.backward(upstream.to(where))
        assert parameter.grad.dtype == torch.float32
        scale = stored.grad.abs().max()
        torch.testing.assert_close(
            parameter.grad.cpu().double() / scale, stored.grad / scale, rtol=0, atol=1e-5
        )


def test_points_beyond_the_domain_are_clamped(device):
    levels, table, _ = case(3, 2, "scaled")
    outside = torch.tensor([[-0.5, 0.3, 1.7]], device=device)
    found, wanted = (
        GridEncode.apply(points, table.to(device), tuple(lattices(levels, 3)), torch.float32)
        for points in (outside, outside.clamp(0, 1))
    )
    assert torch.equal(found, wanted)


def test_a_table_in_half_precision_gets_its_gradient_in_half(device):
    levels, table, points = case(2, 2, "scaled")
    parameter = table.half().to(device).requires_grad_()
    features = GridEncode.apply(points.to(device), parameter, tuple(lattices(levels, 2)), torch.float16)
    features.sum().backward()
    assert parameter.grad.dtype == torch.float16
    # The weights of each point sum to 1, and all meet in the one row of the first level.
    assert parameter.grad[0].tolist() == [len(points)] * 2


@pytest.mark.parametrize("axes", [2, 3])
def test_the_encoder_takes_the_kernel_where_there_is_one(axes, device, monkeypatch):
    for module in (_multigrid, fused):
        monkeypatch.setattr(module, "has_kernels", lambda _: True)
    torch.manual_seed(0)
    sizes = {"base_resolution": 3, "max_resolution": 12, "levels": 3, "features": 2, "table_size": 60}
    encoder = multigrid.build(axes, **sizes).to(device)
    points = torch.rand(40, axes, device=device)
    gradients = []
    for form in (encoder, encoder.plain):
        encoder.zero_grad()
        features = form(points)
        features.square().sum().backward()
        gradients.append([features.detach(), *(table.grad.clone() for table in encoder.tables)])
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-9)
