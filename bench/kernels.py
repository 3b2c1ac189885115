"""Speed of the fused kernels on a CUDA device: the sections of `bench/gpu.py` that compare them with torch.

Every number is a median of runs by turns with its references in this one process. The floor is what the same work takes
at least: bytes that must move at the measured bandwidth, or operations at the measured rate, whichever is longer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from fieldbench.encoders._multigrid import Level, lattices, look_up, make_levels
from fieldbench.kernels import fused
from measure import Table, bandwidth, by_turns, product_rate

GRID = {"base_resolution": 16, "max_resolution": 2048}
FEATURES = 2
WIDTHS = [64, 64, 16]  # hidden, hidden, out
# Passes that are queued before the clock is read: what a launch costs the processor then overlaps with the device's work.
PASSES, TURNS = (10, 5) if torch.cuda.is_available() else (1, 1)
EAGER, COMPILED = "torch eager", "torch.compile"


def measured(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of one pass of each work; one that exceeds the device's memory is left out."""
    fitting = {name: queued for name, work in works.items() if _fits(queued := _queued(work), name)}
    return {name: seconds / PASSES for name, seconds in by_turns(fitting, TURNS).items()}


def _queued(work: Callable[[], object]) -> Callable[[], None]:
    def passes() -> None:
        for _ in range(PASSES):
            work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    return passes


def _fits(work: Callable[[], object], name: str) -> bool:
    try:
        work()
    except torch.OutOfMemoryError:
        print(f"{name}: left out, it exceeds the device's memory")
        return False
    return True


def forms(eager: Callable, device: torch.device, **others: Callable) -> dict[str, Callable]:
    """What is compared; torch compiles on CUDA only, where it needs no other compiler."""
    compiled = {COMPILED: torch.compile(eager)} if device.type == "cuda" else {}
    return {EAGER: eager, **compiled, **others}


def rates(precision: torch.dtype, device: torch.device) -> tuple[float, float]:
    """Bytes per second of arrays that no cache holds, and operations per second of a large matrix product."""

    def seconds(work: Callable[[], object]) -> float:
        return measured({"work": work})["work"]

    kind = {"device": device, "dtype": precision}
    size, count = (8192, 2**28) if device.type == "cuda" else (64, 2**12)
    return bandwidth(count, seconds, **kind), product_rate(size, size, size, seconds, **kind)


@dataclass(frozen=True)
class Setting:
    """Where and at which sizes: numbers of points, levels of the grid and rows of its largest tables."""

    device: torch.device
    points: Sequence[int]
    levels: int
    rows: int


class Encoding:
    """A grid of three axes with values in its tables; float32 points that fill the domain."""

    def __init__(self, points: int, setting: Setting) -> None:
        device = setting.device
        self.points = torch.rand(points, 3, device=device)
        words = {"indexing": "dense", "cells": "scaled", "interpolation": "linear"}
        self.levels: list[Level] = make_levels(
            3, **GRID, levels=setting.levels, table_size=setting.rows, **words
        )
        self.lattices = tuple(lattices(self.levels, 3))
        total = sum(level.rows for level in self.levels)
        self.table = torch.randn(total, FEATURES, device=device, requires_grad=True)

    def eager(self) -> torch.Tensor:
        """Features (L, F, N) by one gather per level and corner."""
        tables = self.table.split([level.rows for level in self.levels])
        pairs = zip(tables, self.levels, strict=True)
        return torch.stack([look_up(table, self.points, level).T for table, level in pairs])

    def fused(self, precision: torch.dtype) -> torch.Tensor:
        """The same by one kernel."""
        return fused.grid_encode(self.points, self.table, self.lattices, precision)

    def floor_bytes(self, precision: torch.dtype, backward: bool) -> int:
        """Points and the table read once, features written once; backward: points and the features' gradient read, the
        table's gradient written."""
        features = self.points.shape[0] * len(self.levels) * FEATURES
        forward = self.points.nbytes + (features + self.table.numel()) * precision.itemsize
        return forward + backward * (self.points.nbytes + features * precision.itemsize + self.table.nbytes)


class Network:
    """A small network with float32 parameters."""

    def __init__(self, setting: Setting) -> None:
        self.inputs, device = setting.levels * FEATURES, setting.device
        shapes = [(o, i) for i, o in pairwise([self.inputs, *WIDTHS])]
        self.weights = [
            (torch.randn(shape, device=device) / shape[1] ** 0.5).requires_grad_() for shape in shapes
        ]
        self.biases = [torch.zeros(shape[0], device=device, requires_grad=True) for shape in shapes]
        self.parameters = [*self.weights, *self.biases]

    def layers(self, x: torch.Tensor) -> torch.Tensor:
        """The output, layer by layer."""
        return fused.plain_mlp(x, self.weights, self.biases, "relu")

    def fused(self, x: torch.Tensor) -> torch.Tensor:
        """The same by one kernel."""
        return fused.fused_mlp(x, self.weights, self.biases, "relu")

    def operations(self, points: int) -> int:
        """Of a forward pass; a backward pass takes twice as many."""
        return 2 * points * sum(weight.numel() for weight in self.weights)


def trained(work: Callable[[], torch.Tensor], parameters: list[torch.Tensor]) -> Callable[[], object]:
    """`work` with the gradients of its parameters for a fixed upstream gradient."""
    upstream = torch.randn_like(work())
    return lambda: torch.autograd.grad(work(), parameters, upstream)


def compare(table: Table, benchmark: str, size: str, works: dict, floors: dict[str, float]) -> None:
    """A row for each variant that has a floor, against each work that has none."""
    torch.compiler.reset()  # compile for each size: several in one process fall back to eager beyond some number
    medians = measured(works)
    for variant, floor in floors.items():
        pair = {name: value for name, value in medians.items() if name == variant or name not in floors}
        table.compare(benchmark, size, pair, variant, floor_seconds=floor)


def encode(setting: Setting, table: Table) -> None:
    """Look-up in a grid, forward and backward."""
    byte_rate, _ = rates(torch.float32, setting.device)
    for points in setting.points:
        encoding = Encoding(points, setting)
        compared, floors = forms(encoding.eager, setting.device), {}
        for precision in (torch.float32, torch.float16):
            name = f"kernel, {str(precision).removeprefix('torch.')}"
            compared[name] = partial(encoding.fused, precision)
            floors[name] = encoding.floor_bytes(precision, backward=True) / byte_rate
        works = {name: trained(form, [encoding.table]) for name, form in compared.items()}
        compare(table, "encode", f"{points} points", works, floors)


def mlp(setting: Setting, table: Table) -> None:
    """A network of two hidden layers of 64 neurons, forward and backward, gradient of the input too."""
    for precision in (torch.bfloat16, torch.float16):
        byte_rate, operation_rate = rates(precision, setting.device)
        for points in setting.points:
            network = Network(setting)
            x = torch.randn(
                network.inputs, points, device=setting.device, dtype=precision, requires_grad=True
            )
            compared = forms(network.layers, setting.device, kernel=network.fused)
            parameters = [x, *network.parameters]
            works = {name: trained(partial(form, x), parameters) for name, form in compared.items()}
            moved = (3 * network.inputs + 2 * WIDTHS[-1]) * points * precision.itemsize
            floor = max(3 * network.operations(points) / operation_rate, moved / byte_rate)
            compare(table, "mlp", f"{points} points, {precision}", works, {"kernel": floor})


@torch.no_grad()
def encode_mlp(setting: Setting, table: Table) -> None:
    """Look-up and network in half precision, for inference: one kernel against two, and against torch."""
    precision = torch.float16
    byte_rate, operation_rate = rates(precision, setting.device)
    for points in setting.points:
        encoding, network = Encoding(points, setting), Network(setting)
        grid = encoding.points, encoding.table, encoding.lattices
        arguments = *grid, network.weights, network.biases, "relu", precision

        def eager(encoding=encoding, network=network) -> torch.Tensor:
            return network.layers(encoding.eager().flatten(0, 1).to(precision))

        kernels = {
            "two kernels": partial(fused.plain_encode_mlp, *arguments),
            "kernel": partial(fused.encode_mlp, *arguments),
        }
        works = forms(eager, setting.device) | kernels
        # The features, which `floor_bytes` counts as written, stay on the chip; the outputs do not.
        features = points * network.inputs * precision.itemsize
        moved = encoding.floor_bytes(precision, backward=False) - features
        moved += points * WIDTHS[-1] * precision.itemsize
        floor = max(moved / byte_rate, network.operations(points) / operation_rate)
        compare(table, "encode_mlp", f"{points} points", works, {"kernel": floor})
