"""The context coder: probabilities in whole numbers, and streams that come back."""

import numpy as np
import pytest
import torch
from fieldbench.compression import pyramid_latents
from fieldbench.compression.pyramid_network import (
    Context,
    Layout,
    flat,
    level_shape,
    neighbours,
    parents,
)
from fieldbench.kernels import context_coder, laplace


def rounded_context(moving=False, hidden=6, spread=0.3):
    """A context network whose parameters are multiples of 2^-8."""
    torch.manual_seed(3)
    context = Context(neighbours(8, moving), hidden, torch.Generator().manual_seed(1))
    for parameter in context.parameters():
        parameter.data = torch.round(256 * spread * torch.randn_like(parameter)) / 256
    return context


def pyramid(shape, levels, spread):
    generator = torch.Generator().manual_seed(5)
    shapes = [level_shape(shape, n) for n in range(levels)]
    return [(spread * torch.randn(shape, generator=generator)).round().int() for shape in shapes]


def everywhere(levels):
    return [np.ones(tuple(level.shape), bool) for level in levels]


def test_tables_hold_the_exponential_and_the_scales():
    assert np.allclose(
        context_coder.DECAY[:-2] / 2**30, np.exp(-np.arange(len(context_coder.DECAY) - 2) / 64), atol=2e-9
    )
    octaves = (
        np.arange(len(context_coder.INVERSE_SCALES)) / context_coder.SCALE_STEPS
        + context_coder.SCALE_OCTAVES[0]
    )
    assert np.allclose(context_coder.INVERSE_SCALES, 2.0 ** (26 - octaves), rtol=2e-4)


@pytest.mark.parametrize("mean, step", [(0, 40), (37, 0), (-300, 71), (64 * 90, 143), (5, 144)])
def test_frequencies_follow_the_laplace_distribution_and_fill_the_total(mean, step):
    edges = [context_coder._cumulative(value, mean, step, -100, 100) for value in range(-100, 102)]
    sizes = np.diff(edges)
    assert edges[0] == 0 and edges[-1] == context_coder.TOTAL and sizes.min() >= 1
    scale = 2.0 ** (step / context_coder.SCALE_STEPS + context_coder.SCALE_OCTAVES[0])
    distance = (np.arange(-99, 101) - 0.5 - mean / 64) / scale
    below = np.where(distance < 0, np.exp(-np.abs(distance)) / 2, 1 - np.exp(-np.abs(distance)) / 2)
    assert np.allclose(np.array(edges[1:-1]) / context_coder.TOTAL, below, atol=3e-5)


@pytest.mark.parametrize("shape, moving", [((1, 13, 22), False), ((1, 1, 1), False), ((3, 7, 9), True)])
@pytest.mark.parametrize("spread", [0.3, 40.0])
def test_latents_come_back_from_a_stream_of_the_size_foretold(shape, moving, spread):
    context, tiles = rounded_context(moving), [pyramid(shape, 3, spread), pyramid((1, 6, 5), 3, spread)]
    masks, limits = [everywhere(levels) for levels in tiles], pyramid_latents.ranges(tiles)
    data, bits = pyramid_latents.encode_latents(tiles, masks, context, limits, moving)
    decoded = list(pyramid_latents.decode_latents(data, masks, context, limits, moving))
    for levels, expected in zip(decoded, tiles, strict=True):
        assert all(torch.equal(one, other) for one, other in zip(levels, expected, strict=True))
    assert bits.sum() <= 8 * len(data) <= 1.01 * bits.sum() + 64


def test_whole_number_model_costs_what_the_real_one_costs():
    context, levels = rounded_context(), pyramid((1, 24, 31), 3, 2.0)
    masks, limits = everywhere(levels), pyramid_latents.ranges([levels])
    _, bits = pyramid_latents.encode_latents([levels], [masks], context, limits, False)
    with torch.no_grad():
        real = laplace.plain_bits(*context([level.float() for level in levels], False))
    coded = flat([torch.from_numpy(mask).float() for mask in masks], False)
    assert bits.sum() == pytest.approx(float((real * coded).sum()), rel=0.01)


def test_latents_that_are_not_coded_cost_nothing():
    context, levels = rounded_context(), pyramid((1, 8, 8), 2, 2.0)
    masks = [np.zeros(tuple(level.shape), bool) for level in levels]
    masks[0][0, 2, 3] = True
    for level, mask in zip(levels, masks, strict=True):
        level[torch.from_numpy(~mask)] = 0
    data, _ = pyramid_latents.encode_latents(
        [levels], [masks], context, pyramid_latents.ranges([levels]), False
    )
    assert len(data) <= 12
    (decoded,) = pyramid_latents.decode_latents(
        data, [masks], context, pyramid_latents.ranges([levels]), False
    )
    assert torch.equal(decoded[0], levels[0])


def test_network_in_whole_numbers_needs_exact_parameters():
    context = rounded_context()
    network = pyramid_latents.whole_network(context)
    assert np.array_equal(network.first.T / 2**12, context.layers[0].detach().numpy())
    assert np.array_equal(network.second_bias / 2**20, context.layers[3].detach().numpy())


def test_offsets_lead_to_the_neighbours():
    layout = Layout((2, 4, 5), True)
    values = torch.arange(1.0, 41.0).reshape(2, 4, 5)
    whole = layout.embed(values)
    frame, row = layout.strides
    for z, y, x in np.ndindex(2, 4, 5):
        position = layout.first + z * frame + y * row + x
        for (dz, dy, dx), offset in zip(
            neighbours(14, True), layout.offsets(neighbours(14, True)), strict=True
        ):
            there = (z + dz, y + dy, x + dx)
            inside = all(0 <= at < size for at, size in zip(there, layout.shape, strict=True))
            assert whole[position - offset] == (values[there] if inside else 0)


def test_parent_is_the_latent_above():
    levels = [torch.zeros(1, 5, 3), torch.arange(6.0).reshape(1, 3, 2)]
    assert torch.equal(
        parents(levels, 0)[0], torch.tensor([[0, 0, 1], [0, 0, 1], [2, 2, 3], [2, 2, 3], [4, 4, 5.0]])
    )
    assert not parents(levels, 1).any()
