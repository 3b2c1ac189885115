"""Speed of the fused kernels on a CUDA device: `python bench/kernels.py [section ...]`, all sections by default.

Every number is a median of runs by turns with its references in this one process. The floor is what the same work takes
at least: bytes that must move at the measured bandwidth, or operations at the measured rate, whichever is longer.
"""

import sys
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from fieldbench.encoders._multigrid import Level, lattices, look_up, make_levels
from fieldbench.kernels import fused
from measure import Table, bandwidth, by_turns, product_rate, write

POINTS = [2**power for power in range(14, 23, 2)]
GRID = {"base_resolution": 16, "max_resolution": 2048, "levels": 16, "table_size": 2**19}
FEATURES = 2
WIDTHS = [32, 64, 64, 16]  # in, hidden, hidden, out
PASSES = 10  # queued before the clock is read: what a launch costs the processor then overlaps with the device's work
TURNS = 5
EAGER, COMPILED = "torch eager", "torch.compile"
CUDA = torch.device("cuda")


def measured(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of one pass of each work; one that exceeds the device's memory is left out."""
    fitting = {name: queued for name, work in works.items() if _fits(queued := _queued(work), name)}
    return {name: seconds / PASSES for name, seconds in by_turns(fitting, TURNS).items()}


def _queued(work: Callable[[], object]) -> Callable[[], None]:
    def passes() -> None:
        for _ in range(PASSES):
            work()
        torch.cuda.synchronize()

    return passes


def _fits(work: Callable[[], object], name: str) -> bool:
    try:
        work()
    except torch.OutOfMemoryError:
        print(f"{name}: left out, it exceeds the device's memory")
        return False
    return True


def rates(precision: torch.dtype) -> tuple[float, float]:
    """Bytes per second of arrays that no cache holds, and operations per second of a large matrix product."""

    def seconds(work: Callable[[], object]) -> float:
        return measured({"work": work})["work"]

    kind = {"device": CUDA, "dtype": precision}
    return bandwidth(2**28, seconds, **kind), product_rate(8192, 8192, 8192, seconds, **kind)


class Encoding:
    """A grid of three axes with values in its tables; float32 points that fill the domain."""

    def __init__(self, points: int) -> None:
        self.points = torch.rand(points, 3, device=CUDA)
        self.levels: list[Level] = make_levels(
            3, **GRID, indexing="dense", cells="scaled", interpolation="linear"
        )
        self.lattices = tuple(lattices(self.levels, 3))
        rows = sum(level.rows for level in self.levels)
        self.table = torch.randn(rows, FEATURES, device=CUDA, requires_grad=True)

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

    def __init__(self) -> None:
        shapes = [(o, i) for i, o in pairwise(WIDTHS)]
        self.weights = [
            (torch.randn(shape, device=CUDA) / shape[1] ** 0.5).requires_grad_() for shape in shapes
        ]
        self.biases = [torch.zeros(shape[0], device=CUDA, requires_grad=True) for shape in shapes]
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


def encode(table: Table) -> None:
    """Look-up in a grid of 16 levels, forward and backward."""
    byte_rate, _ = rates(torch.float32)
    for points in POINTS:
        encoding = Encoding(points)
        forms = {EAGER: encoding.eager, COMPILED: torch.compile(encoding.eager)}
        floors = {}
        for precision in (torch.float32, torch.float16):
            name = f"kernel, {str(precision).removeprefix('torch.')}"
            forms[name] = partial(encoding.fused, precision)
            floors[name] = encoding.floor_bytes(precision, backward=True) / byte_rate
        works = {name: trained(form, [encoding.table]) for name, form in forms.items()}
        compare(table, "encode", f"{points} points", works, floors)


def mlp(table: Table) -> None:
    """A network of two hidden layers of 64 neurons, forward and backward, gradient of the input too."""
    for precision in (torch.bfloat16, torch.float16):
        byte_rate, operation_rate = rates(precision)
        for points in POINTS:
            network = Network()
            x = torch.randn(WIDTHS[0], points, device=CUDA, dtype=precision, requires_grad=True)
            forms = {EAGER: network.layers, COMPILED: torch.compile(network.layers), "kernel": network.fused}
            parameters = [x, *network.parameters]
            works = {name: trained(partial(form, x), parameters) for name, form in forms.items()}
            moved = (3 * WIDTHS[0] + 2 * WIDTHS[-1]) * points * precision.itemsize
            floor = max(3 * network.operations(points) / operation_rate, moved / byte_rate)
            compare(table, "mlp", f"{points} points, {precision}", works, {"kernel": floor})


@torch.no_grad()
def encode_mlp(table: Table) -> None:
    """Look-up and network in half precision, for inference: one kernel against two, and against torch."""
    precision = torch.float16
    byte_rate, operation_rate = rates(precision)
    for points in POINTS:
        encoding, network = Encoding(points), Network()
        grid = encoding.points, encoding.table, encoding.lattices
        arguments = *grid, network.weights, network.biases, "relu", precision

        def eager(encoding=encoding, network=network) -> torch.Tensor:
            return network.layers(encoding.eager().flatten(0, 1).to(precision))

        works = {
            EAGER: eager,
            COMPILED: torch.compile(eager),
            "two kernels": partial(fused.plain_encode_mlp, *arguments),
            "kernel": partial(fused.encode_mlp, *arguments),
        }
        # The features, which `floor_bytes` counts as written, stay on the chip; the outputs do not.
        features = points * WIDTHS[0] * precision.itemsize
        moved = encoding.floor_bytes(precision, backward=False) - features
        moved += points * WIDTHS[-1] * precision.itemsize
        floor = max(moved / byte_rate, network.operations(points) / operation_rate)
        compare(table, "encode_mlp", f"{points} points", works, {"kernel": floor})


if __name__ == "__main__":
    if not fused.has_kernels(CUDA) or not torch.cuda.is_available():
        sys.exit("bench/kernels.py measures kernels on a CUDA device with Triton, and this machine has none.")
    sections = {"encode": encode, "mlp": mlp, "encode_mlp": encode_mlp}
    write("kernels", {torch.get_num_threads(): sections}, device=torch.cuda.get_device_name())
