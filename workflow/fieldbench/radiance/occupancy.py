"""Where a scene is not empty: nested cubes of cells, judged by the densities that training finds in them.

Source: Müller et al. 2022 (Instant-NGP), appendix E.1. In contrast to it, densities come from the training's own samples
besides random probes, and no cell is given up before it was sampled often: thin parts would be lost before they are learned.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from fieldbench.errors import UserError
from fieldbench.kernels.fused import has_kernels
from fieldbench.radiance.scene import Scene

BLOCK = 8  # cells along the side of a block that is leapt over at once


@dataclass(frozen=True)
class OccupancyOptions:
    """What a grid is made of.

    Attributes:
        resolution: cells along the side of each cube, a multiple of 8.
        cascades: cubes, each of half the side of the next; the largest holds the scene.
        threshold: of density times step, from which a cell counts as occupied; where the mean over all cells is lower,
            that counts.
        decay: what is left of a cell's value at each update in which it was sampled.
        update_steps: training steps between updates.
        warm_up_steps: training steps in which no cell is given up.
        least_visits: samples before which a cell is not given up.
        probes: cells that are looked at again at each update, whether given up or not.
        scouts: share of a training step's samples that go to rays which the step before explained worst; they are marched
            as if no cell were empty, so that a part that was given up too early is learned after all. None with a hull.
    """

    resolution: int = 128
    cascades: int = 1
    threshold: float = 0.01
    decay: float = 0.95
    update_steps: int = 16
    warm_up_steps: int = 256
    least_visits: int = 16
    probes: int = 4096
    scouts: float = 0.25

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Cubes, and cells along the sides of each."""
        return self.cascades, self.resolution, self.resolution, self.resolution

    def halves(self, bound: float) -> np.ndarray:
        """Half sides (cascades,) of the cubes, the largest of which is `bound`."""
        return bound * 0.5 ** np.arange(self.cascades - 1, -1, -1)

    def __post_init__(self) -> None:
        if self.resolution < BLOCK or self.resolution % BLOCK or self.cascades < 1:
            raise UserError(
                f"An occupancy grid has resolution {self.resolution} and {self.cascades} cascades; it needs a multiple "
                f"of {BLOCK} and one cascade or more."
            )
        if not 0 <= self.scouts < 1:
            raise UserError(
                f"`scouts` of an occupancy grid is {self.scouts}; it is a share, from 0 to below 1."
            )


class Occupancy(nn.Module):
    """K cubes of R^3 cells around the origin.

    Args:
        options: sizes and rules.
        bound: half the side of the largest cube.
        allowed: (K, R, R, R) bool, cells that may be occupied at all; None for all.

    Attributes:
        cells: (K, R, R, R) bool, occupied.
        recoveries: how often no cell was left and all were taken to be occupied again.
    """

    halves: Tensor
    allowed: Tensor
    cells: Tensor
    value: Tensor
    peak: Tensor
    visits: Tensor
    recoveries: Tensor
    blocks: Tensor

    def __init__(self, options: OccupancyOptions, bound: float, allowed: Tensor | None = None) -> None:
        super().__init__()
        self.options, shape = options, options.shape
        self.register_buffer("halves", torch.from_numpy(options.halves(bound)).float())
        self.register_buffer("allowed", torch.ones(shape, dtype=torch.bool) if allowed is None else allowed)
        self.register_buffer("cells", self.allowed.clone())
        self.register_buffer("value", torch.zeros(shape).flatten())
        self.register_buffer("peak", torch.zeros(shape).flatten())
        self.register_buffer("visits", torch.zeros(shape, dtype=torch.int32).flatten())
        self.register_buffer("recoveries", torch.zeros((), dtype=torch.int64))
        self.register_buffer("blocks", self._any_of_block())

    @property
    def fraction(self) -> float:
        """Share of the cells that are occupied."""
        return float(self.cells.float().mean())

    def numbers(self, points: Tensor) -> Tensor:
        """(N,) of the cells that hold points (N, 3): in the smallest cube that does; -1 outside all."""
        reach = points.abs().amax(-1)
        cube = (reach[:, None] >= self.halves).sum(1)
        outside = cube == len(self.halves)
        half = self.halves[cube.clamp(max=len(self.halves) - 1)][:, None]
        resolution = self.options.resolution
        scale = resolution / (2 * half)
        cell = ((points + half) * scale).long().clamp(0, resolution - 1)
        number = ((cube * resolution + cell[:, 0]) * resolution + cell[:, 1]) * resolution + cell[:, 2]
        return torch.where(outside, -1, number)

    def occupied(self, points: Tensor) -> Tensor:
        """(N,) bool, whether the cells of points (N, 3) are occupied; outside all cubes nothing is."""
        number = self.numbers(points)
        return self.cells.flatten()[number.clamp(min=0)] & (number >= 0)

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells, blocks of cells and the cubes' half sides, as the compiled march takes them."""
        return self.cells.numpy(), self.blocks.numpy(), self.halves.numpy()

    def set_cells(self, cells: Tensor) -> None:
        """Take cells (K, R, R, R) bool to be the occupied ones."""
        self.cells = cells
        self.blocks = self._any_of_block()

    def _any_of_block(self) -> Tensor:
        """(K, B, B, B) bool, whether a block has an occupied cell."""
        rows = self.cells.contiguous().view(torch.int64) != 0  # eight cells are the bytes of one number
        return rows.unflatten(2, (-1, BLOCK)).unflatten(1, (-1, BLOCK)).any(4).any(2)

    @property
    def _compiled(self) -> bool:
        """Whether loops compiled for the CPU do the work; tests lend a CPU the kernels of a device."""
        device = self.halves.device
        return device.type == "cpu" and not has_kernels(device)

    def observe(self, points: Tensor, thickness: Tensor) -> None:
        """Note density times step (N,) at points (N, 3)."""
        if self._compiled:
            from fieldbench.radiance import _occupancy  # compiled on first use; CUDA never needs it

            noted = self.peak.numpy(), self.visits.numpy()
            at, cubes = points.T.contiguous().numpy(), self.halves.numpy()
            _occupancy.observe(at, thickness.numpy(), cubes, self.options.resolution, *noted)
            return
        number = self.numbers(points)
        inside = number >= 0
        number = number[inside]
        self.peak.scatter_reduce_(0, number, thickness[inside], "amax")
        self.visits.index_add_(0, number, torch.ones_like(number, dtype=torch.int32))

    def update(self, step: int, thickness: Callable[[Tensor], Tensor], generator: torch.Generator) -> None:
        """Judge all cells anew by what was observed since the last update.

        Args:
            step: of the training.
            thickness: density times the shortest step at points (N, 3), for probes at random places.
            generator: of the probes, on the CPU.
        """
        self._probe(thickness, generator)
        mean = self._age()
        if step < self.options.warm_up_steps:
            return
        alive = self._alive(min(self.options.threshold, mean))
        if not alive.any():
            alive = self.allowed.flatten()
            self.recoveries += 1
            self.visits.zero_()
        self.set_cells(alive.view_as(self.cells))

    def _age(self) -> float:
        """Take what was observed into the cells' values, and forget it; the mean value of allowed cells."""
        allowed, decay = self.allowed.flatten(), self.options.decay
        if self._compiled:
            from fieldbench.radiance import _occupancy

            return _occupancy.age(self.value.numpy(), self.peak.numpy(), allowed.numpy(), decay)
        seen = self.peak > 0
        self.value = torch.where(seen, torch.maximum(decay * self.value, self.peak), self.value)
        self.peak.zero_()
        return float(self.value[allowed].mean())

    def _alive(self, threshold: float) -> Tensor:
        """(cells,) bool: allowed cells above the threshold, or visited too rarely to tell."""
        allowed, least = self.allowed.flatten(), self.options.least_visits
        if self._compiled:
            from fieldbench.radiance import _occupancy

            alive = torch.empty_like(allowed)
            given = self.value.numpy(), self.visits.numpy(), allowed.numpy()
            _occupancy.judge(*given, threshold, least, alive.numpy())
            return alive
        return allowed & ((self.value > threshold) | (self.visits < least))

    def _probe(self, thickness: Callable[[Tensor], Tensor], generator: torch.Generator) -> None:
        device, resolution = self.halves.device, self.options.resolution
        number = torch.randint(self.value.numel(), (self.options.probes,), generator=generator).to(device)
        within = torch.rand(self.options.probes, 3, generator=generator).to(device)
        number, within = (part[self.allowed.flatten()[number]] for part in (number, within))
        cube = number // resolution**3
        cell = torch.stack([number // resolution**2, number // resolution, number], -1) % resolution
        half = self.halves[cube][:, None]
        places = (cell + within) * (2 * half / resolution) - half
        self.peak.scatter_reduce_(0, number, thickness(places), "amax")


def seen_cells(options: OccupancyOptions, scene: Scene, hull: bool) -> Tensor:
    """(K, R, R, R) bool: cells that some training camera sees, all without any; with `hull` only those in the visual hull.

    The visual hull (Laurentini 1994) leaves out a cell that lies before an empty part (alpha 0) of any view. It needs
    images with alpha: it is supervision by masks.

    Raises:
        UserError: no cell is left.
    """
    from fieldbench.radiance import _hull  # compiled on first use

    if not len(scene.train):  # a model that is read back, cells and all
        return torch.ones(options.shape, dtype=torch.bool)
    empty = _hull.empty_around(scene.images[scene.train][..., 3] == 0)
    cameras = np.linalg.inv(scene.poses[scene.train].astype(np.float64))
    seen = np.zeros(options.shape, np.bool_)
    intrinsics = scene.intrinsics[scene.train]
    _hull.mark(seen, options.halves(scene.bound), cameras, intrinsics, empty, hull)
    if not seen.any():
        raise UserError(
            "No cell of the occupancy grid is seen as occupied; check `bound` and the poses, or leave out `hull`."
        )
    return torch.from_numpy(seen)
