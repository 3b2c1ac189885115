"""Latents of the codec `pyramid` after training: each moves a step towards zero where that lowers the cost of the file.

The cost is the squared error plus the weighted bits by the context network, both as they really are: latents so far apart
that none changes the samples, contexts or children of another are tried at once.
"""

import itertools

import torch
from torch import Tensor
from torch.nn import functional

from fieldbench.compression.pyramid_network import level_bits
from fieldbench.compression.pyramid_training import Objective

# A latent reaches 2 blocks by interpolation and the convolution, and 3 latents as a neighbour of others' contexts.
APART = 8
LEVELS = 3  # of the finest, which take nearly all bytes
BEFORE = 4  # of a latent's window, the rest of which lies behind it


@torch.no_grad()
def refined(objective: Objective, tile: int, latents: list[Tensor]) -> list[Tensor]:
    """Whole latents of one tile, with its finest levels improved, the coarsest first; the networks must be rounded."""
    latents = list(latents)
    for n in reversed(range(min(LEVELS, len(latents)))):
        _refine_level(objective, tile, latents, n)
    return latents


def _refine_level(objective: Objective, tile: int, latents: list[Tensor], n: int) -> None:
    costs = _costs(objective, tile, latents, n)
    steps = [range(min(APART, size)) for size in latents[n].shape]
    for phase in itertools.product(*steps):
        chosen = tuple(slice(at, None, APART) for at in phase)
        before = latents[n]
        if not before[chosen].any():
            continue
        latents[n] = before.clone()
        latents[n][chosen] -= before[chosen].sign()
        tried = _costs(objective, tile, latents, n)
        better = (_windows(tried - costs, phase) < 0) & (before[chosen] != 0)
        latents[n] = before.clone()
        latents[n][chosen] -= before[chosen].sign() * better
        costs = torch.where(_spread(better, phase, before.shape), tried, costs)


def _costs(objective: Objective, tile: int, latents: list[Tensor], n: int) -> Tensor:
    """The part of the cost that latents of level `n` change, gathered at each of their blocks, like that level."""
    shape = latents[n].shape
    found = _gathered(objective.errors(tile, latents), 2**n, shape)
    weight = float(objective.weight)
    for level in (n, n - 1):
        if level >= 0:
            bits = level_bits(objective.context, latents, level, objective.tiles.moving)
            coded = objective.masks[tile][level].to(bits)
            found = found + weight * _gathered(bits * coded, 2 ** (n - level), shape)
    return found


def _gathered(values: Tensor, side: int, shape: torch.Size) -> Tensor:
    """Sums over blocks of `side` along each axis that is longer than the blocks are many."""
    for axis, (size, count) in enumerate(zip(values.shape, shape, strict=True)):
        if size > count:
            values = _split(values, axis, 0, side, count).sum(axis + 1)
    return values


def _windows(values: Tensor, phase: tuple[int, ...]) -> Tensor:
    """Sums over the window of each latent of a phase."""
    for axis, at in enumerate(phase):
        count = len(range(at, values.shape[axis], APART))
        values = _split(values, axis, BEFORE - at, APART, count).sum(axis + 1)
    return values


def _spread(chosen: Tensor, phase: tuple[int, ...], shape: torch.Size) -> Tensor:
    """Each latent's window filled with what is said of the latent; false outside of all windows."""
    for axis, (at, size) in enumerate(zip(phase, shape, strict=True)):
        chosen = chosen.repeat_interleave(APART, axis)
        pads = [0] * (2 * chosen.ndim)
        place = 2 * (chosen.ndim - 1 - axis)
        pads[place : place + 2] = at - BEFORE, size - (at - BEFORE) - chosen.shape[axis]
        chosen = functional.pad(chosen, pads)
    return chosen


def _split(values: Tensor, axis: int, before: int, side: int, count: int) -> Tensor:
    """An axis cut into `count` pieces of a side, after zeros before it, or less what lies before the first."""
    after = side * count - before - values.shape[axis]
    pads = [0] * (2 * values.ndim)
    place = 2 * (values.ndim - 1 - axis)
    pads[place : place + 2] = before, after
    return functional.pad(values, pads).unflatten(axis, (count, side))
