"""How good a model's views are of a scene seen from where no training view was taken."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from fieldbench.metrics.images import psnr, structural_similarity
from fieldbench.radiance import _march, rays
from fieldbench.radiance.model import Model
from fieldbench.radiance.occupancy import OccupancyOptions, seen_cells
from fieldbench.radiance.scene import Scene, over
from fieldbench.radiance.volume import Rendered

WINDOW = 11  # pixels along the side of SSIM's window
HULL_CELLS = 64  # per side of the grid whose hull makes a box where a scene states none


@dataclass(frozen=True)
class Score:
    """What `score` returns.

    Attributes:
        views: (V, H, W, 3) float32 in [0, 1], before white.
        depth: (V, H, W) float32, mean distance of what is seen; NaN where a pixel's opacity is below one half.
        measures: numbers by name, see `fieldbench.record`.
        draws: of those that are means over views what each view has, likewise.
    """

    views: np.ndarray
    depth: np.ndarray
    measures: dict[str, float]
    draws: dict[str, dict[str, list[float]]]


def score(model: Model, scene: Scene) -> Score:
    """Render all test views before white and compare them.

    Measures: `psnr_db`, `foreground_psnr_db` over pixels with alpha above 0, `ssim_score`, each the mean over views as is
    usual; the same of white images (`white_...`); `queries_per_ray_count` and `colours_per_ray_count` of the networks;
    `dense_queries_per_ray_count` of the same steps without a grid, and `tight_queries_per_ray_count` of these in the
    smallest box around the scene; `render_seconds` of a view.
    """
    numbers = np.flatnonzero(~scene.train).tolist()
    views, depths, asked = [], [], np.zeros(2)
    began = time.perf_counter()
    for number in numbers:
        view, queries = model.render(*_rays(model, scene, number))
        colour, depth = pictured(view, scene.size)
        views.append(colour)
        depths.append(depth)
        asked += queries
    seconds = time.perf_counter() - began
    rendered, truth = np.stack(views), over(scene.images[numbers])
    alpha = scene.images[numbers][..., 3] > 0
    quality, white = (_quality(views, truth, alpha) for views in (rendered, np.ones_like(truth)))
    measures = {
        **{name: np.mean(values) for name, values in quality.items()},
        **{f"white_{name}": np.mean(values) for name, values in white.items()},
        "queries_per_ray_count": asked[0] / alpha.size,
        "colours_per_ray_count": asked[1] / alpha.size,
        **_without_grid(model, scene),
        "render_seconds": seconds / len(numbers),
    }
    draws = {name: {"view": list(map(float, values))} for name, values in quality.items()}
    return Score(rendered, np.stack(depths), {name: float(value) for name, value in measures.items()}, draws)


def pictured(view: Rendered, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Colours (H, W, 3) in [0, 1], and mean distances (H, W) of what is seen, NaN where the opacity is below one half."""
    colour = view.colour.T.reshape(*size, 3).cpu().numpy().clip(0, 1)
    depth = torch.where(view.opacity >= 0.5, view.depth / view.opacity, torch.nan)
    return colour, depth.reshape(size).cpu().numpy()


def to_dataset(scene: Scene, model: Model, judged: Score) -> xr.Dataset:
    """What figures show of test views.

    `rendered` and `truth` (view, y, x, channel) uint8 before white; `depth` (view, y, x); `occupancy` (cell_x, cell_y,
    cell_z), the largest cube's cells, where the model has a grid.
    """
    truth = over(scene.images[~scene.train])
    pictures = {"rendered": judged.views, "truth": truth}
    arrays: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        name: (("view", "y", "x", "channel"), np.rint(255 * values).astype(np.uint8))
        for name, values in pictures.items()
    }
    arrays["depth"] = (("view", "y", "x"), judged.depth)
    if model.grid is not None:
        cells = model.grid.cells[-1].cpu().numpy().astype(np.uint8)
        arrays["occupancy"] = (("cell_x", "cell_y", "cell_z"), cells)
    return xr.Dataset(arrays)


def no_views() -> xr.Dataset:
    """What stands in the file of a run that failed."""
    return xr.Dataset({"rendered": (("view", "y", "x", "channel"), np.empty((0, 0, 0, 3), np.uint8))})


def quick_psnr(model: Model, scene: Scene, stride: int) -> float:
    """Mean PSNR in dB of every `stride`-th pixel of every `stride`-th row of the test views."""
    values = []
    for number in np.flatnonzero(~scene.train).tolist():
        origins, directions = (
            part.unflatten(0, scene.size)[::stride, ::stride] for part in _rays(model, scene, number)
        )
        rendered, _ = model.render(origins.flatten(0, 1), directions.flatten(0, 1))
        truth = over(scene.images[number][::stride, ::stride]).reshape(-1, 3)
        squared = np.mean((rendered.colour.T.cpu().numpy().clip(0, 1) - truth) ** 2)
        values.append(psnr(float(squared), 1.0))
    return float(np.mean(values))


def _rays(model: Model, scene: Scene, number: int) -> tuple[Tensor, Tensor]:
    device = next(model.parameters()).device
    pose, intrinsics = (torch.from_numpy(part[number]).to(device) for part in (scene.poses, scene.intrinsics))
    return rays.of_view(pose, intrinsics, scene.size)


def _quality(rendered: np.ndarray, truth: np.ndarray, alpha: np.ndarray) -> dict[str, Sequence[float]]:
    """Of each of the views (V, H, W, 3); those without foreground have no foreground's."""
    squared = ((rendered.astype(np.float64) - truth) ** 2).mean(-1)
    measures: dict[str, Sequence[float]] = {"psnr_db": psnr(squared.mean((1, 2)), 1.0).tolist()}
    foreground = [
        psnr(float(error[solid].mean()), 1.0)
        for error, solid in zip(squared, alpha, strict=True)
        if solid.any()
    ]
    if foreground:
        measures["foreground_psnr_db"] = foreground
    if min(truth.shape[1:3]) >= WINDOW:
        planes = [np.moveaxis(part, -1, 1).reshape(-1, *part.shape[1:3]) for part in (rendered, truth)]
        pairs = zip(*planes, strict=True)
        measures["ssim_score"] = [structural_similarity(*pair)[0] for pair in pairs]
    return measures


def _without_grid(model: Model, scene: Scene) -> dict[str, float]:
    """Steps per test ray in the scene's cube, and in the smallest box around what is in it."""
    corner = np.full(3, scene.bound)
    tight = scene.box if scene.box is not None else hull_box(scene)
    boxes = {"dense": np.stack([-corner, corner]), "tight": tight}
    totals = dict.fromkeys(boxes, 0)
    for number in np.flatnonzero(~scene.train).tolist():
        pose, intrinsics = (torch.from_numpy(part[number]) for part in (scene.poses, scene.intrinsics))
        chosen = rays.of_view(pose, intrinsics, scene.size)
        for name, box in boxes.items():
            low, high = (torch.from_numpy(np.asarray(part, np.float32)) for part in box)
            near, far = rays.within(*chosen, low, high)
            count = np.empty(len(near), np.int64)
            _march.counts(near.numpy(), far.numpy(), model.steps.numbers, count)
            totals[name] += count.sum()
    every = (~scene.train).sum() * np.prod(scene.size)
    return {f"{name}_queries_per_ray_count": total / every for name, total in totals.items()}


def hull_box(scene: Scene) -> np.ndarray:
    """(2, 3), the corners of the smallest box around the visual hull of the training views."""
    cells = seen_cells(OccupancyOptions(resolution=HULL_CELLS), scene, hull=True)[0].numpy()
    places = np.argwhere(cells)
    side = 2 * scene.bound / HULL_CELLS
    return np.stack([places.min(0), places.max(0) + 1]) * side - scene.bound
