"""Speed of the inversion's training step: `python bench/inversion.py [section ...]`, all sections by default.

Every number is a median of runs by turns with its reference in this one process. The reference is the published algorithm
(`fieldbench.inversion.published`): per-level gathers, both networks evaluated, a loss over three wavelengths.
"""

import shutil
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
import xarray as xr
from fieldbench.encoders import multigrid
from fieldbench.encoders._base import grid_points
from fieldbench.encoders._grid import BoundLevel
from fieldbench.encoders._multigrid import Level, look_up
from fieldbench.inversion import neural
from fieldbench.inversion.published import PublishedStep
from fieldbench.kernels.tiled_loss import tiled_loss
from fieldbench.training.loop import Run
from measure import Table, bandwidth, by_turns, product_rate, write
from torch import nn

SHAPE = (200, 178)  # of the documents' field
SCATTERED = (64, 128)  # as many new points per step
GRID = {"levels": 16, "features": 2, "table_size": 2**19}
REGIMES = {
    "strict": {"base_resolution": 1, "max_resolution": 32, **GRID},
    "open": {"base_resolution": 16, "max_resolution": 2048, **GRID},
}
TRAINING = {
    "steps": 1_000_000,
    "learning_rate": 5e-3,
    "plateau_patience": 50,
    "normalize_gradients": True,
    "hidden": 64,
    "hidden_layers": 2,
}
CPU = torch.device("cpu")
FAST, PUBLISHED, TRAINED = "fast", "published", "published, trained network only"


def problem(shape: tuple[int, int]) -> xr.Dataset:
    """A weak-field problem with a smooth field and noise, as `physics.weak_field` makes them."""
    random = np.random.default_rng(0)
    y, x = np.meshgrid(np.linspace(0, 1, shape[0]), np.linspace(0, 1, shape[1]), indexing="ij")
    field = np.stack([500 * np.sin(9 * x) * np.cos(7 * y), 1e5 * np.cos(8 * x), 1e5 * np.sin(6 * y)])
    curvature = np.stack([np.full(shape, 1e-10), np.full(shape, 1e-16), np.full(shape, 1e-16)])
    noise = 1e-6
    optimum = field + random.normal(size=field.shape) * np.sqrt(noise / 3 / curvature)
    maps = {"curvature": curvature, "optimum": optimum, "floor": np.full(field.shape, noise * 2 / 3)}
    return xr.Dataset(
        {name: (("component", "y", "x"), values) for name, values in maps.items()}
        | {"training": (("y", "x"), np.ones(shape, bool)), "noise_variance": ("component", [noise] * 3)},
        coords={"component": ["b_los", "b_q", "b_u"], "y": np.arange(shape[0]), "x": np.arange(shape[1])},
    )


def spec(grid: dict) -> dict[str, dict]:
    """A multi-resolution grid and the documents' network."""
    return {"encoder": {"type": "multigrid", **grid}, "network": {"type": "mlp"}}


def fast_run(data: xr.Dataset, grid: dict) -> Run:
    """The pipeline's training on the pixel grid, whose `advance` is a step."""
    phase = neural.Phase(data, "b_los", spec(grid), TRAINING, CPU)
    return Run(phase.model, phase.recipe)


def published(data: xr.Dataset, grid: dict) -> dict[str, PublishedStep]:
    """The published step, as published and with only the trained network evaluated."""
    return {
        PUBLISHED: PublishedStep(data, spec(grid), TRAINING),
        TRAINED: PublishedStep(data, spec(grid), TRAINING, others=False),
    }


def floor_seconds(shape: tuple[int, int], run: Run) -> float:
    """The network's products at the measured rate, and each array moved as often as the algorithm must at least.

    Features and their gradient are written and read once; per parameter Adam reads four values and writes three, and the
    gradient is written, and read for its mean.
    """
    points = shape[0] * shape[1]
    layers = [layer.weight for layer in run.model.network.layers]
    operations = 3 * 2 * points * sum(weight.numel() for weight in layers)
    parameters = sum(parameter.numel() for parameter in run.parameters)
    floats = 4 * points * layers[0].shape[1] + 9 * parameters
    return operations / product_rate(64, 64, 3568) + 4 * floats / bandwidth(floats // 9)


def steps(table: Table) -> None:
    """The whole step against the published algorithm, and against the same with only the trained network evaluated."""
    data = problem(SHAPE)
    for regime, grid in REGIMES.items():
        run = fast_run(data, grid)
        medians = by_turns({FAST: partial(run.advance, 0), **published(data, grid)}, 9)
        table.compare("step", regime, medians, FAST, floor_seconds=floor_seconds(SHAPE, run))


def compiled(table: Table) -> None:
    """The whole step against torch.compile of the published algorithm; compiling is a row of its own."""
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        print("compiled: skipped, torch.compile needs a C++ compiler")
        return
    data = problem(SHAPE)
    for regime, grid in REGIMES.items():
        reference = PublishedStep(data, spec(grid), TRAINING)
        reference.loss = torch.compile(reference.loss)
        began = time.perf_counter()
        reference()
        table.add("compiled", regime, "torch.compile itself", seconds=time.perf_counter() - began)
        fast = partial(fast_run(data, grid).advance, 0)
        medians = by_turns({FAST: fast, "published, compiled": reference}, 9)
        table.compare("compiled", regime, medians, FAST)


def encoders(table: Table) -> None:
    """The encoder alone on the pixel grid, forward and backward."""
    points = grid_points(SHAPE)
    for regime, grid in REGIMES.items():
        encoder = multigrid.build(2, **grid)
        view = encoder.on_grid(SHAPE)
        upstream = torch.randn(encoder.out_dim, len(points))
        across = upstream.T.contiguous()

        def fast(view=view, upstream=upstream) -> None:
            view.zero_grad()
            view().backward(upstream)

        def plain(encoder=encoder, across=across) -> None:
            encoder.zero_grad()
            encoder.plain(points).backward(across)

        table.compare("encoder", regime, by_turns({FAST: fast, "per-level gathers": plain}, 9), FAST)


class ScatteredModel(nn.Module):
    """As `neural.Model`, at points that change with every step."""

    active_levels = 0
    floor = 0.0

    def __init__(self, misfit: neural.Parabolas, grid: dict) -> None:
        super().__init__()
        self.encoder, self.network = neural.build_model(spec(grid), "b_los", TRAINING)
        self.misfit = misfit

    def set_progress(self, fraction: float) -> None:
        """Nothing is scheduled."""

    def forward(self) -> torch.Tensor:
        features = self.encoder(torch.rand(self.misfit.target.shape[1], 2)).T.contiguous()
        return tiled_loss(self.network, features, self.misfit.weight, self.misfit.target)


def at_new_points(step: PublishedStep) -> None:
    """The published step at points that change with every step."""
    step.points = torch.rand(step.points.shape)
    step()


def scattered(table: Table) -> None:
    """The whole step at 8,192 new points each time, by compiled look-ups."""
    data = problem(SCATTERED)
    for regime, grid in REGIMES.items():
        run = Run(ScatteredModel(neural.parabolas(data, "b_los"), grid), neural.recipe(TRAINING))
        works = {name: partial(at_new_points, step) for name, step in published(data, grid).items()}
        medians = by_turns({FAST: partial(run.advance, 0), **works}, 9)
        table.compare("scattered", regime, medians, FAST)


def scaling(table: Table) -> None:
    """Both step times as one of pixels, levels, features and table size changes."""
    changes = {"levels": (4, 8, 32), "features": (1, 4, 8), "table_size": (2**14, 2**22)}
    for regime, grid in REGIMES.items():
        for times in (1, 2, 4, 8):
            shape = (SHAPE[0] * times, SHAPE[1] * times)
            _scale(table, f"{regime} pixels x{times**2}", shape, grid, max(9 // times**2, 2))
        for key, value in ((key, value) for key, values in changes.items() for value in values):
            _scale(table, f"{regime} {key} {value}", SHAPE, {**grid, key: value}, 5)


def _scale(table: Table, size: str, shape: tuple[int, int], grid: dict, turns: int) -> None:
    data = problem(shape)
    works = {
        FAST: partial(fast_run(data, grid).advance, 0),
        TRAINED: PublishedStep(data, spec(grid), TRAINING, others=False),
    }
    table.compare("scaling", size, by_turns(works, turns), FAST)


def planes(table: Table) -> None:
    """A dense plane, forward and backward: grid_sample as published, grid_sample on one image, dense indexing, products.

    The published form expands the plane to one image per point, which takes memory for all of them: 4.6 GB at 128.
    """
    points = grid_points(SHAPE)
    for resolution in (32, 128):
        level = dense(resolution)
        values = torch.randn(resolution**2, 2, requires_grad=True)
        places = points.flip(1).view(-1, 1, 1, 2) * 2 - 1
        grid = {**GRID, "levels": 1, "base_resolution": resolution, "max_resolution": resolution}

        def sample(images: int, values=values, places=places, resolution=resolution) -> torch.Tensor:
            image = values.T.reshape(1, 2, resolution, resolution).expand(images, -1, -1, -1)
            return nn.functional.grid_sample(image, places.view(images, -1, 1, 2), align_corners=True)

        works = {
            FAST: multigrid.build(2, **grid).on_grid(SHAPE),
            "dense indexing": partial(look_up, values, points, level),
            "grid_sample, one image": partial(sample, 1),
        }
        if resolution == 32:
            works["grid_sample, expanded"] = partial(sample, len(points))
        medians = by_turns({name: partial(with_gradient, work) for name, work in works.items()}, 7)
        sampled = {name: seconds for name, seconds in medians.items() if "grid_sample" in name}
        for variant in (FAST, "dense indexing"):
            compared = {variant: medians[variant], **sampled}
            table.compare("plane", f"{resolution} x {resolution}", compared, variant)


def dense(resolution: int) -> Level:
    """A level without a hash."""
    return Level(resolution, resolution**2, hashed=False, cells="scaled", interpolation="linear")


def with_gradient(work: Callable[[], torch.Tensor]) -> None:
    """`work` forward and backward."""
    work().sum().backward()


def crossover(table: Table) -> None:
    """One level on the pixel grid, forward and adjoint: compiled sums over taps against two dense products."""
    upstream = torch.randn(2, *SHAPE)
    out = torch.empty(2, *SHAPE)
    for resolution in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512):
        works = {}
        for name, products in (("taps", False), ("products", True)):
            bound = BoundLevel(dense(resolution), SHAPE, CPU, products)
            values = torch.randn(2, len(bound.rows))
            works[name] = partial(both_ways, bound, values, out, upstream)
        table.compare("crossover", f"resolution {resolution}", by_turns(works, 9), "taps")


def both_ways(bound: BoundLevel, values: torch.Tensor, out: torch.Tensor, upstream: torch.Tensor) -> None:
    """The features of `values` into `out`, and the gradient from `upstream`."""
    bound.interpolate(values, out)
    bound.adjoint(upstream)


if __name__ == "__main__":
    both = {"step": steps, "encoder": encoders, "scattered": scattered}
    alone = {"compiled": compiled, "scaling": scaling, "plane": planes, "crossover": crossover}
    write("inversion", {torch.get_num_threads(): both, 1: both | alone})
