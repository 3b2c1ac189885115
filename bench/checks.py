"""Whether a device computes what a CPU computes: every kernel, and a few steps of each area."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

import inversion
import torch
from fieldbench import registry
from fieldbench.compression import field as compression_field
from fieldbench.compression.codecs import ngp
from fieldbench.datasets import image_synthetic
from fieldbench.encoders._multigrid import lattices, make_levels
from fieldbench.inversion import neural
from fieldbench.kernels import fused
from fieldbench.radiance.learning import Learning
from fieldbench.radiance.marching import Rays, Steps, march_kernel, march_plain
from fieldbench.radiance.model import Model
from fieldbench.radiance.occupancy import Occupancy, OccupancyOptions
from fieldbench.radiance.scene import from_dataset
from fieldbench.radiance.spec import Spec
from fieldbench.training.loop import Run
from measure import Table
from torch import Tensor

COLUMNS = ("area", "benchmark", "size", "variant", "error", "allowed", "seconds", "device")
POINTS = 40  # no multiple of a tile
STEPS = 6  # of a training: the last replay a captured CUDA graph
CPU = torch.device("cpu")
ROUNDING = {torch.float32: 1e-5, torch.float16: 1e-2, torch.bfloat16: 6e-2}

Check = Callable[[torch.device], Tensor]  # what a device computes, moved to the CPU


def training(steps: int, samples: int, goal_db: int) -> dict:
    """A training of a radiance field, see `radiance.learning.train`."""
    return {
        "steps": steps,
        "seconds": None,
        "until_db": goal_db,
        "goals_db": [goal_db],
        "samples": samples,
        "most_rays": samples // 8,
        "learning_rate": 1e-2,
        "last_share": 0.03,
        "evaluate_steps": max(steps // 50, 1),
        "evaluate_views": 2,
        "evaluate_stride": 4,
    }


def encoded(axes: int, precision: torch.dtype, device: torch.device) -> Tensor:
    """Features and gradient of the look-up."""
    torch.manual_seed(0)
    words = {"indexing": "dense", "cells": "scaled", "interpolation": "linear"}
    levels = make_levels(axes, base_resolution=3, max_resolution=20, levels=4, table_size=64, **words)
    table = torch.randn(sum(level.rows for level in levels), 2).to(device).requires_grad_()
    points = torch.rand(POINTS, axes).to(device)
    features = fused.grid_encode(points, table, tuple(lattices(levels, axes)), precision)
    (grad,) = torch.autograd.grad(features.float().square().sum(), [table])
    return torch.cat([features.float().flatten(), grad.flatten()])


def networked(
    width: int, hidden: int, activation: str, precision: torch.dtype, device: torch.device
) -> Tensor:
    """Output and gradients of the network."""
    torch.manual_seed(0)
    sizes = [5, *[width] * hidden, 3]
    weights = [torch.randn(o, i) / i**0.5 for i, o in pairwise(sizes)]
    values = [part.to(device).requires_grad_() for part in (*weights, *(torch.randn(o) for o in sizes[1:]))]
    x = torch.randn(5, POINTS).to(device, precision)
    out = fused.fused_mlp(x, values[: len(weights)], values[len(weights) :], activation).float()
    return torch.cat([out.flatten(), *(g.flatten() for g in torch.autograd.grad(out.square().sum(), values))])


def marched(cascades: int, device: torch.device) -> Tensor:
    """Distances of the samples of a march, by the kernel where there is one."""
    generator = torch.Generator().manual_seed(0)
    grid = Occupancy(OccupancyOptions(resolution=16, cascades=cascades), 2.0)
    grid.set_cells(torch.rand(grid.cells.shape, generator=generator) < 0.2)
    origins, far = torch.randn(POINTS, 3, generator=generator), torch.full((POINTS,), 4.0)
    directions = torch.nn.functional.normalize(torch.randn(POINTS, 3, generator=generator))
    rays = Rays(origins, directions, torch.zeros(POINTS), far, torch.rand(POINTS, generator=generator))
    moved, march = Rays(*(part.to(device) for part in rays)), march_kernel
    if not fused.has_kernels(device):
        march = march_plain
    return march(moved, Steps(0.1, 0.3, 0.05), grid.to(device), 10**6).t


def inverted(regime: str, device: torch.device) -> Tensor:
    """Losses of the first steps of an inversion."""
    torch.manual_seed(0)
    data = inversion.problem((24, 20))
    spec = inversion.spec({**inversion.REGIMES[regime], "table_size": 256})
    phase = neural.Phase(data, "b_los", spec, inversion.TRAINING, device)
    return losses(Run(phase.model, phase.recipe))


def losses(run: Run) -> Tensor:
    """Of the first steps."""
    for step in range(STEPS):
        run.advance(step)
    return torch.tensor(run.history.loss)


def compressed(device: torch.device) -> Tensor:
    """Loss and gradient of a codec's step."""
    torch.manual_seed(0)
    picture = compression_field.from_dataset(image_synthetic.load(shape=(16, 24), seed=0))
    model = ngp.build(levels=4, max_resolution=32).model(picture, 0, device)
    model.set_progress(0.5)
    loss = model()
    grads = torch.autograd.grad(loss, [part for part in model.parameters() if part.requires_grad])
    return torch.cat([loss.detach().flatten(), *(grad.flatten() for grad in grads)])


def mapped(network: str, device: torch.device) -> Tensor:
    """Output of a network of the sparse area."""
    torch.manual_seed(0)
    made = registry.build(
        "networks", network, 2, 1, nyquist=15.5, hidden=32, heads=2, layers=1, frequencies=8
    ).to(device)
    position, values, query = (
        part.to(device) for part in (torch.rand(3, 20, 2), torch.randn(3, 20), torch.rand(3, 30, 2))
    )
    return made(made.encode(position, values), query).detach().flatten()


def rendered(field: dict, device: torch.device) -> Tensor:
    """Loss and gradient norm of a step on a small scene."""
    torch.manual_seed(0)
    scene = from_dataset(registry.build("datasets", "scene_analytic", size=8, train=4, test=1))
    model = Model(scene, Spec(field=field, shortest_step=0.1, occupancy={"resolution": 16})).to(device)
    learning = Learning(model, scene, training(10, 2**9, 99), 0, device).to(device)
    loss = learning()
    grads = torch.autograd.grad(loss, list(model.field.parameters()), allow_unused=True)
    norms = [grad.float().norm() for grad in grads if grad is not None]
    return torch.stack([loss.detach(), *norms])


def all_checks() -> Iterator[tuple[str, float, Check]]:
    """Name, allowed error relative to the norm, and check."""
    for axes in (2, 3):
        for precision in (torch.float32, torch.float16):
            yield f"look-up, {axes}-D, {precision}", ROUNDING[precision], partial(encoded, axes, precision)
    for precision in (torch.float16, torch.bfloat16):
        for width in fused.WIDTHS:
            check = partial(networked, width, 2, "relu", precision)
            yield f"network of {width}, {precision}", ROUNDING[precision], check
        for activation in fused.ACTIVATIONS:
            check = partial(networked, 64, 3, activation, precision)
            yield f"network, {activation}, {precision}", ROUNDING[precision], check
    for cascades in (1, 3):
        yield f"march, {cascades} cascades", 0.0, partial(marched, cascades)
    for regime in inversion.REGIMES:
        yield f"inversion, {regime}", 1e-3, partial(inverted, regime)
    yield "compression", 1e-4, compressed
    for network in ("transformer", "mamba"):
        yield f"sparse, {network}", 1e-4, partial(mapped, network)
    grid = {"base_resolution": 4, "max_resolution": 16, "levels": 3, "features": 2, "table_size": 256}
    for precision, fuse in (("float32", False), ("float16", False), ("float16", True)):
        field = {"type": "hash", "grid": grid, "precision": precision, "fused": fuse, "hidden": 16}
        allowed = 1e-3 if precision == "float32" else 3e-2
        yield f"radiance, {precision}{', fused' * fuse}", allowed, partial(rendered, field)


def reference(check: Check) -> Tensor:
    """What a CPU computes."""
    return check(CPU)


def run(device: torch.device, table: Table) -> None:
    """Make every check; the first fault ends the run.

    Raises:
        SystemExit: a result that differs by more than it may.
    """
    for name, allowed, check in all_checks():
        began = time.perf_counter()
        found, wanted = check(device).detach().cpu().double(), reference(check).detach().double()
        seconds = time.perf_counter() - began
        same = found.shape == wanted.shape
        error = float((found - wanted).norm() / wanted.norm()) if same else float("inf")
        table.add("check", "", name, error=error, allowed=allowed, seconds=seconds)
        table.save()
        if not error <= allowed:
            raise SystemExit(
                f"{name}: differs from the CPU by {error:.3g} of its norm; {allowed:g} is allowed."
            )
