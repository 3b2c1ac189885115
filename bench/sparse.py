"""Speed of the sparse area's kernels and networks: `python bench/sparse.py [section ...]`, all sections by default.

Every number is a median of runs by turns with its reference in this one process.
"""

from collections.abc import Callable
from functools import partial

import torch
from fieldbench import registry
from fieldbench.kernels.state_space import chunked, sequential
from measure import Table, by_turns, write
from torch import Tensor

HEADS, WIDTH, STATE = 4, 32, 32
LENGTHS = (51, 250, 1000, 4000)
FIELDS, OBSERVATIONS, QUERIES = 32, 51, 128
NETWORKS = {
    "transformer": {"hidden": 64, "heads": 4, "layers": 2, "frequencies": 32},
    "mamba": {"hidden": 64, "heads": 4, "layers": 2, "frequencies": 32},
    "amortised_kriging": {"hidden": 256, "rounds": 3, "spacing": 0.5, "cutoff": 8.0, "learned": 64},
}
NYQUIST = 15.5  # of 32 x 32 points


def state_space(table: Table) -> None:
    """The recurrence, forward and backward, in chunks against step by step."""
    for length in LENGTHS:
        shapes = [(1, length, HEADS, WIDTH), (1, length, HEADS), (1, length, STATE), (1, length, STATE)]
        parts = [torch.randn(shape) for shape in shapes]
        parts[1] = -0.1 * parts[1].abs()
        parts = [part.requires_grad_() for part in parts]
        upstream = torch.randn(shapes[0])
        works = {scan.__name__: partial(gradients, scan, parts, upstream) for scan in (chunked, sequential)}
        table.compare("recurrence", f"{length} tokens", by_turns(works, 5), "chunked")


def gradients(scan: Callable[..., Tensor], parts: list[Tensor], upstream: Tensor) -> tuple[Tensor, ...]:
    """The recurrence's gradients of all its inputs."""
    return torch.autograd.grad(scan(*parts), parts, upstream)


def steps(table: Table) -> None:
    """Loss and gradients of one batch, each backbone against the transformer."""
    torch.manual_seed(0)
    position, values = torch.rand(FIELDS, OBSERVATIONS, 2), torch.randn(FIELDS, OBSERVATIONS)
    query, target = torch.rand(FIELDS, QUERIES, 2), torch.randn(FIELDS, QUERIES, 1)
    works = {}
    for name, sizes in NETWORKS.items():
        network = registry.build("networks", name, 2, 1, nyquist=NYQUIST, **sizes)

        def work(network=network) -> None:
            network.zero_grad()
            (network(network.encode(position, values), query) - target).square().mean().backward()

        works[name] = work
    medians = by_turns(works, 5)
    transformer = medians.pop("transformer")
    for name, seconds in medians.items():
        pair = {"transformer": transformer, name: seconds}
        table.compare("step", f"{FIELDS} fields, {QUERIES} queries", pair, name)


if __name__ == "__main__":
    write("sparse", {1: {"recurrence": state_space, "step": steps}})
