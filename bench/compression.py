"""Speed of the compression area's training steps: `python bench/compression.py [section ...]`, all sections by default.

Every number is a median of runs by turns with its reference in this one process.
"""

import torch
from fieldbench.compression import field
from fieldbench.compression.codecs import _objective, ngp, shacira
from fieldbench.datasets import image_synthetic
from fieldbench.encoders._base import grid_points
from fieldbench.encoders._multigrid import look_up
from fieldbench.kernels.tiled_loss import plain_loss
from measure import Table, by_turns, write
from torch import Tensor, nn

SHAPES = ((128, 192), (256, 384), (512, 768))
TURNS = 5
CPU = torch.device("cpu")


class GatherPerLevel(nn.Module):
    """The published form of the same distortion: a gather for each corner of each level, the whole image as one batch."""

    def __init__(self, view: _objective.WholeGrid, levels: list, shape: tuple[int, int]) -> None:
        super().__init__()
        self.points, self.levels, self.view = grid_points(shape), levels, view

    def forward(self, values: Tensor, network: nn.Module, _generator: torch.Generator) -> Tensor:
        tables = values.split([level.rows for level in self.levels])
        pairs = zip(tables, self.levels, strict=True)
        features = torch.cat([look_up(table, self.points, level) for table, level in pairs], dim=1)
        return plain_loss(network, features.T.contiguous(), self.view.weight, self.view.target)


def picture(shape: tuple[int, int]) -> field.Field:
    return field.from_dataset(image_synthetic.load(shape=shape, seed=0))


def step(model: nn.Module):
    """Loss and gradients of one step of `model`."""

    def work() -> None:
        model.zero_grad()
        model.set_progress(0.5)
        model().backward()

    return work


def grids(table: Table) -> None:
    """A training step of SHACIRA and of Instant-NGP against the gather per level, the same model otherwise."""
    for shape in SHAPES:
        image = picture(shape)
        for name, codec in {"shacira": shacira.build(), "ngp": ngp.build()}.items():
            fast, plain = (codec.model(image, 0, CPU) for _ in range(2))
            plain.view = GatherPerLevel(plain.view, codec.grid.tables(shape), shape)
            works = {f"{name}, fast": step(fast), f"{name}, gather per level": step(plain)}
            table.compare("step", f"{shape[1]} x {shape[0]}", by_turns(works, TURNS), f"{name}, fast")


if __name__ == "__main__":
    write("compression", {threads: {"step": grids} for threads in {1, torch.get_num_threads()}})
