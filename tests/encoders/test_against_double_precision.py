"""Every form of every encoder against independent code in double precision: features and all gradients."""

import pytest
import torch
from fieldbench.encoders import factorized, multigrid
from fieldbench.encoders._base import grid_points
from fieldbench.encoders._multigrid import CELLS, INTERPOLATIONS, Level, look_up, look_up_compiled

from tests.encoders import independent

SHAPE = (23, 60)  # at resolutions above and below the point where a CPU gathers instead of multiplying
RESOLUTIONS = [3, 6, 13, 29, 64]
GRID = {"base_resolution": 3, "max_resolution": 64, "levels": 5, "features": 2, "table_size": 500}
SHARED = {"networks": "shared", "expansion": 4, "normalized": True}
RELU = {"networks": "shared", "expansion": 2, "normalized": False}
REPLACED = {**SHARED, "residual": False}
PER_LEVEL = {"networks": "per-level", "expansion": 4, "normalized": True}
STEPS = {"start": 2, "add": 1, "every_fraction": 0.25}
SUM = {"hidden": 16, "activation": "gelu"}
SPECS = {
    "hash": {"indexing": "hash"},
    "dense": {},
    "aligned": {"cells": "aligned"},
    "catmull-rom": {"interpolation": "catmull-rom"},
    "bspline-aligned": {"interpolation": "bspline", "cells": "aligned"},
    "smoothed-relu": {"smoothing": RELU},
    "smoothed-shared": {"smoothing": SHARED},
    "smoothed-per-level": {"smoothing": PER_LEVEL},
    "replaced-shared": {"smoothing": REPLACED},
    "replaced-per-level": {"smoothing": {**PER_LEVEL, "residual": False}},
    "replaced-relu": {"smoothing": {**RELU, "residual": False}},
    "weighted-sum": {"smoothing": RELU, "weighted_sum": {"hidden": 64, "activation": "relu"}},
    "weighted-sum-progressive": {"smoothing": REPLACED, "weighted_sum": SUM, "progression": STEPS},
    "progressive": {"progression": STEPS},
    "progressive-smoothed": {"progression": STEPS, "smoothing": PER_LEVEL},
    "faded": {"progression": {**STEPS, "fade": True}, "smoothing": PER_LEVEL, "interpolation": "catmull-rom"},
    "plane": {"plane": {"resolution": "max"}},
    "plane-grid-sample": {"plane": {"resolution": 17, "lookup": "grid-sample"}},
    "plane-expanded": {"plane": {"resolution": 17, "lookup": "grid-sample-expanded", "deviation": 0.01}},
    "plane-half": {"plane": {"resolution": 17, "precision": "float16"}},
    "plane-progressive-smoothed": {"plane": {"resolution": 17}, "progression": STEPS, "smoothing": SHARED},
    "three-features": {"features": 3, "smoothing": SHARED},
}
ACTIVE = {name: 3 for name, spec in SPECS.items() if "progression" in spec} | {"faded": 3.4}
PROGRESS = 0.35


@pytest.fixture(params=[*SPECS, "factorized"])
def case(request):
    """An encoder with values of size 1, and a function that gives its features in double precision."""
    torch.manual_seed(5)
    if request.param == "factorized":
        spec = {**GRID, "rank": 3}
        encoder = factorized.build(2, **spec)
        form, extra = independent.factorized, ()
    else:
        spec = {**GRID, **SPECS[request.param]}
        encoder = multigrid.build(2, **spec)
        form, extra = independent.multigrid, (ACTIVE.get(request.param, 5),)
    encoder.set_progress(PROGRESS)
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.copy_(torch.randn(parameter.shape))
    return encoder, lambda parameters, points: form(spec, parameters, points, RESOLUTIONS, *extra)


def double(encoder):
    """The encoder's parameters as leaves in double precision."""
    return {name: value.detach().double().requires_grad_() for name, value in encoder.named_parameters()}


def expected(case, points):
    """Features, upstream gradient, and gradients by name, of the independent code."""
    encoder, encode = case
    parameters = double(encoder)
    features = encode(parameters, points.double())
    upstream = torch.randn_like(features)
    features.backward(upstream)
    return features.detach(), upstream.float(), {name: value.grad for name, value in parameters.items()}


def assert_same(actual, wanted, name):
    """Within single precision, relative to the largest value; half precision where that is what is stored."""
    wanted = torch.zeros_like(actual, dtype=torch.double) if wanted is None else wanted
    tolerance = (2e-3 if actual.dtype == torch.float16 else 4e-5) * max(wanted.abs().max().item(), 1)
    explain = lambda text: f"{name}: {text}"  # noqa: E731
    torch.testing.assert_close(actual.double(), wanted, rtol=0, atol=tolerance, msg=explain)


@pytest.mark.parametrize("form", ["plain", "forward"])
def test_scattered_points(case, form):
    encoder, _ = case
    points = torch.rand(301, 2)
    features, upstream, gradients = expected(case, points)
    actual = getattr(encoder, form)(points)
    assert_same(actual, features, "features")
    actual.backward(upstream)
    for name, parameter in encoder.named_parameters():
        actual = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        assert_same(actual, gradients[name], name)


def test_regular_grid(case):
    encoder, _ = case
    features, upstream, gradients = expected(case, grid_points(SHAPE))
    view = encoder.on_grid(SHAPE)
    view.set_progress(PROGRESS)
    actual = view()
    assert_same(actual.T, features[:, : len(actual)], "features")
    assert not features[:, len(actual) :].any()
    actual.backward(upstream.T[: len(actual)])
    for name, parameter in encoder.named_parameters():
        actual = whole_table(view, name) if trains_touched_rows(view, name) else parameter.grad
        assert_same(torch.zeros(parameter.shape) if actual is None else actual, gradients[name], name)


def trains_touched_rows(view, name):
    return hasattr(view, "values") and (name.startswith("tables.") or name == "plane.table")


def whole_table(view, name):
    """The gradient of a whole table from that of the touched rows that the view trains."""
    index = 0 if name == "plane.table" else int(name.split(".")[1]) + view.planes
    gradient = torch.zeros(view.tables[index].shape)
    if view.values[index].grad is not None:
        gradient[view.bound[index].rows] = view.values[index].grad.T
    return gradient


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("features", [1, 2, 4])
@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_look_ups_of_scattered_points(axes, features, cells, interpolation):
    """A dense level, a hashed one, and one whose table is a power of two; two blocks of points, and the domain's ends."""
    torch.manual_seed(6)
    levels = [
        Level(resolution, rows, hashed, cells, interpolation)
        for resolution, rows, hashed in ((5, 5**axes, False), (9, 77, True), (8, 64, True))
    ]
    tables = [torch.randn(level.rows, features, requires_grad=True) for level in levels]
    points = torch.cat([torch.rand(300, axes), torch.zeros(1, axes), torch.ones(1, axes)])
    upstream = torch.randn(len(levels), len(points), features)
    forms = {
        "plain": torch.stack(
            [look_up(*pair, level) for *pair, level in zip(tables, [points] * 3, levels, strict=True)]
        ),
        "compiled": look_up_compiled(tables, points, levels).transpose(1, 2),
    }
    for i, (table, level) in enumerate(zip(tables, levels, strict=True)):
        exact = table.detach().double().requires_grad_()
        wanted = independent.interpolate(
            exact, points.double(), level.resolution, level.hashed, cells, interpolation
        )
        (gradient,) = torch.autograd.grad(wanted, exact, upstream[i].double())
        for name, found in forms.items():
            assert_same(found[i], wanted.detach(), name)
            (actual,) = torch.autograd.grad(found[i], table, upstream[i], retain_graph=True)
            assert_same(actual, gradient, f"{name}, gradient")


@pytest.mark.parametrize("indexing", ["dense", "hash"])
def test_an_encoder_of_three_axes(indexing):
    """Compiled loops and plain gathers, whole encoder: the coarsest level dense, the others beyond their table."""
    torch.manual_seed(7)
    encoder = multigrid.build(3, **{**GRID, "max_resolution": 12, "levels": 3}, indexing=indexing)
    with torch.no_grad():
        for table in encoder.tables:
            table.copy_(torch.randn(table.shape))
    points = torch.rand(301, 3)
    parameters = double(encoder)
    wanted = torch.cat(
        [
            independent.interpolate(
                parameters[f"tables.{i}"], points.double(), level.resolution, level.hashed
            )
            for i, level in enumerate(encoder.grid)
        ],
        dim=1,
    )
    assert [level.hashed for level in encoder.grid] == [indexing == "hash"] * 2 + [True]
    for form in (encoder.plain, encoder):
        assert_same(form(points), wanted.detach(), "features")
