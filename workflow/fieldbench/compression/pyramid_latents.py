"""Latents of the codec `pyramid` as bytes: tile after tile, in each the coarsest level first, in raster order."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from fieldbench.compression.pyramid_network import Context, Layout, parents
from fieldbench.errors import UserError
from fieldbench.kernels import context_coder
from fieldbench.kernels.context_coder import ACTIVATION_BITS, WEIGHT_BITS, Grid, Network

MOST = 2**20  # magnitude of a latent that the coder takes


def whole_network(context: Context) -> Network:
    """The context network in whole numbers; its parameters must be multiples of 2^-WEIGHT_BITS."""
    later = WEIGHT_BITS + ACTIVATION_BITS  # of biases behind the first layer
    fractions = (WEIGHT_BITS, WEIGHT_BITS, WEIGHT_BITS, later, WEIGHT_BITS, later)
    parameters = [parameter.detach().cpu().double().numpy().T for parameter in context.layers]
    whole = [np.ldexp(values, bits) for values, bits in zip(parameters, fractions, strict=True)]
    return Network(*(np.ascontiguousarray(values).astype(np.int64) for values in whole))


def ranges(tiles: Sequence[Sequence[Tensor]]) -> np.ndarray:
    """Least and largest latent of each level over all tiles, zero among them; (levels, 2).

    Raises:
        UserError: the coder does not take latents so large.
    """
    levels = list(zip(*tiles, strict=True))
    lowest = [min(0, *(int(latents.min()) for latents in level)) for level in levels]
    highest = [max(0, *(int(latents.max()) for latents in level)) for level in levels]
    limits = np.stack([lowest, highest], axis=1)
    if np.abs(limits).max() > MOST:
        raise UserError(
            f"Codec pyramid: latents reach {np.abs(limits).max()}, too many to code; raise rate_weight."
        )
    return limits


def check_ranges(limits: np.ndarray) -> None:
    """Raise ValueError where `limits` are none that `ranges` gives: the coder would leave its tables."""
    if (limits[:, 0] > 0).any() or (limits[:, 1] < 0).any() or np.abs(limits).max() > MOST:
        raise ValueError("ranges of latents that no encoder writes")


def _grid(
    levels: Sequence[Tensor], n: int, mask: np.ndarray, context: Context, limits: np.ndarray, moving: bool
) -> Grid:
    layout = Layout.of(levels[n], moving)
    positions = np.flatnonzero(layout.embed(torch.from_numpy(mask)).numpy())
    offsets = np.array(layout.offsets(context.neighbours), np.int64)
    above = parents(levels, n).numpy()[mask]
    return Grid(layout.embed(levels[n]).numpy(), positions, offsets, above, *limits[n].tolist())


def encode_latents(
    tiles: Sequence[Sequence[Tensor]],
    masks: Sequence[Sequence[np.ndarray]],
    context: Context,
    limits: np.ndarray,
    moving: bool,
) -> tuple[bytes, np.ndarray]:
    """One stream of all latents, and how many bits each level takes in it.

    Args:
        tiles: of each tile the int32 latents (frame, y, x) of each level, zero where the mask says they are not coded.
        masks: which of them are coded.
        context: with parameters as of `whole_network`.
        limits: see `ranges`.
        moving: see `Layout`.
    """
    network, found, bits = whole_network(context), [], np.zeros(len(limits))
    for levels, covered in zip(tiles, masks, strict=True):
        for n in range(len(levels) - 1, -1, -1):
            grid = _grid(levels, n, covered[n], context, limits, moving)
            starts, sizes = np.empty((2, len(grid.positions)), np.uint32)
            context_coder.intervals(grid, network, starts, sizes)
            bits[n] += (context_coder.TOTAL_BITS - np.log2(sizes)).sum()
            found.append((starts, sizes))
    starts, sizes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return context_coder.encode_intervals(starts, sizes), bits


def decode_latents(
    data: bytes, masks: Iterable[Sequence[np.ndarray]], context: Context, limits: np.ndarray, moving: bool
) -> Iterator[list[Tensor]]:
    """The latents that `encode_latents` wrote, int32, tile after tile.

    Raises:
        ValueError: the stream ends before or after its latents.
    """
    network, (words, state), cursor = whole_network(context), context_coder.read_stream(data), 0
    for covered in masks:
        levels = [torch.zeros(mask.shape, dtype=torch.int32) for mask in covered]
        for n in range(len(levels) - 1, -1, -1):
            grid = _grid(levels, n, covered[n], context, limits, moving)
            state, cursor = context_coder.decode_grid(grid, network, words, state, cursor)
            levels[n].numpy()[covered[n]] = grid.values[grid.positions]
        if cursor > words.size:
            raise ValueError("the stream ends before its latents")
        yield levels
    if data and (cursor, state) != (words.size, context_coder.LOWEST):
        raise ValueError("the stream does not end with its latents")
