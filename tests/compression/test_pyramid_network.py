"""The model of the codec `pyramid`: interpolation, context, rate and rounding against plain forms."""

import numpy as np
import pytest
import torch
from fieldbench.compression import pyramid_network
from fieldbench.compression.pyramid_network import Context, Synthesis, neighbours
from fieldbench.compression.pyramid_training import (
    boxes,
    extents,
    main_direction,
    tiling,
)
from fieldbench.kernels.shifted_perceptron import plain_perceptron
from torch.nn import functional


def generator():
    return torch.Generator().manual_seed(0)


def test_interpolation_keeps_constants_and_is_exact_on_lines_inside():
    weights = pyramid_network.interpolation(37, 2).double()
    assert torch.allclose(weights.sum(1), torch.ones(37, dtype=torch.float64), atol=1e-6)
    centres = torch.arange(10) * 4 + 1.5
    inside = slice(6, 28)
    assert torch.allclose(
        (weights @ centres.double())[inside], torch.arange(37.0).double()[inside], atol=1e-5
    )


def test_interpolated_is_the_product_of_all_axes():
    shape, values = (5, 6, 9), torch.randn(3, 3, 5, generator=generator())
    z, y, x = (pyramid_network.interpolation(size, 1) for size in shape)
    expected = torch.einsum("ak,bl,cm,klm->abc", z, y, x, values)
    assert torch.allclose(pyramid_network.interpolated(values, shape, 1), expected.reshape(-1), atol=1e-5)


@pytest.mark.parametrize("shape, moving", [((1, 6, 7), False), ((2, 4, 5), True)])
def test_context_is_the_network_at_each_latent_of_what_was_coded_before(shape, moving):
    context = Context(neighbours(14, moving), 5, generator())
    coarse = tuple(-(-size // 2) for size in shape)
    levels = [torch.randn(size, generator=generator()) for size in (shape, coarse)]
    values, mean, _ = context(levels, moving)
    coded = pyramid_network.flat([torch.ones_like(level) for level in levels], moving) > 0
    expected = []
    for level, above in zip(levels, (levels[1], None), strict=True):
        for z, y, x in np.ndindex(*level.shape):
            inputs = []
            for dz, dy, dx in neighbours(14, moving):
                there = (z + dz, y + dy, x + dx)
                assert there < (z, y, x)
                inside = all(0 <= at < size for at, size in zip(there, level.shape, strict=True))
                inputs.append(float(level[there]) if inside else 0.0)
            inputs.append(0.0 if above is None else float(above[z // 2, y // 2, x // 2]))
            count = range(len(inputs))
            expected.append(plain_perceptron(torch.tensor(inputs), count, 1, list(context.layers))[0, 0])
    assert torch.equal(values[coded], torch.cat([level.reshape(-1) for level in levels]))
    assert torch.allclose(mean[coded], torch.stack(expected), atol=1e-5)


def test_synthesis_ends_with_a_convolution():
    synthesis = Synthesis(2, 3, 4, 1, generator())
    kernel = torch.randn(3, 3, 3, 3, generator=generator())  # out, in, y, x
    latents = [torch.randn(2, 6, 5, generator=generator()), torch.randn(1, 3, 3, generator=generator())]
    plain = synthesis(latents, (2, 6, 5))
    synthesis.residual[0].data = kernel.permute(0, 2, 3, 1).reshape(3, 27)
    frames = functional.pad(plain.transpose(0, 1), (1, 1, 1, 1), mode="replicate")
    expected = plain + functional.conv2d(frames, kernel).transpose(0, 1)
    assert torch.allclose(synthesis(latents, (2, 6, 5)), expected, atol=1e-5)


def test_synthesis_begins_as_the_sum_of_the_levels_along_a_direction():
    direction = torch.tensor([0.6, 0.8])
    synthesis = Synthesis(2, 2, 2, 3, generator())
    synthesis.begin(direction)
    fine = torch.randn(1, 4, 4, generator=generator())
    coarse = torch.full((1, 2, 2), 2.0)
    expected = direction[:, None, None, None] * (fine + 2) / 8
    assert torch.allclose(synthesis([fine, coarse], (1, 4, 4)), expected, atol=1e-6)


def test_main_direction_is_that_of_largest_variance():
    line = np.random.default_rng(0).normal(size=500)
    values = np.outer([-3.0, -4.0], line) + 0.01 * np.random.default_rng(1).normal(size=(2, 500))
    assert np.allclose(main_direction(values), [0.6, 0.8], atol=1e-2)


@pytest.mark.parametrize("shape, moving", [((1, 70, 33), False), ((40, 9, 20), True)])
def test_boxes_fill_the_field_once_and_keep_their_size(shape, moving):
    count = np.zeros(shape, int)
    for box in boxes(shape, 32, moving):
        count[box] += 1
        assert np.prod(extents(box)) <= 32 * 32
    assert np.all(count == 1)


def test_tiles_without_known_samples_are_left_out_and_masks_follow_the_blocks():
    known = np.zeros((1, 20, 16), bool)
    known[0, 13, 2] = True
    tiles = tiling(known, 10, 7, False)
    (masks,) = tiles.masks(known)
    assert tiles.levels == 1 + 4 and len(tiles.boxes) == 1
    assert [np.argwhere(mask).tolist() for mask in masks] == [
        [[0, 3, 2]],
        [[0, 1, 1]],
        [[0, 0, 0]],
        [[0, 0, 0]],
        [[0, 0, 0]],
    ]
