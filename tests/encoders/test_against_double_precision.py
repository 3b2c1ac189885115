"""Every form of every encoder against independent code in double precision: features and all gradients."""

import pytest
import torch
from fieldbench.encoders import factorized, multigrid
from fieldbench.encoders._base import grid_points

from tests.encoders import independent

SHAPE = (23, 60)  # at resolutions above and below the point where a CPU gathers instead of multiplying
RESOLUTIONS = [3, 6, 13, 29, 64]
GRID = {"base_resolution": 3, "max_resolution": 64, "levels": 5, "features": 2, "table_size": 500}
SHARED = {"networks": "shared", "expansion": 4, "normalized": True}
RELU = {"networks": "shared", "expansion": 2, "normalized": False}
PER_LEVEL = {"networks": "per-level", "expansion": 4, "normalized": True}
STEPS = {"start": 2, "add": 1, "every_fraction": 0.25}
SPECS = {
    "hash": {"indexing": "hash"},
    "dense": {},
    "aligned": {"cells": "aligned"},
    "catmull-rom": {"interpolation": "catmull-rom"},
    "bspline-aligned": {"interpolation": "bspline", "cells": "aligned"},
    "smoothed-relu": {"smoothing": RELU},
    "smoothed-shared": {"smoothing": SHARED},
    "smoothed-per-level": {"smoothing": PER_LEVEL},
    "weighted-sum": {"smoothing": RELU, "fusion": "weighted-sum"},
    "progressive": {"progression": STEPS},
    "progressive-smoothed": {"progression": STEPS, "smoothing": PER_LEVEL},
    "faded": {"progression": {**STEPS, "fade": True}, "smoothing": PER_LEVEL, "interpolation": "catmull-rom"},
    "plane": {"plane": {"resolution": "max"}},
    "plane-grid-sample": {"plane": {"resolution": 17, "lookup": "grid-sample"}},
    "plane-half": {"plane": {"resolution": 17, "precision": "float16"}},
    "plane-progressive-smoothed": {"plane": {"resolution": 17}, "progression": STEPS, "smoothing": SHARED},
    "three-features": {"features": 3, "smoothing": SHARED},
}
ACTIVE = {"progressive": 3, "progressive-smoothed": 3, "plane-progressive-smoothed": 3, "faded": 3.4}
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
    tolerance = (2e-3 if actual.dtype == torch.float16 else 2e-5) * max(wanted.abs().max().item(), 1)
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
