"""PSNR and structural similarity: by hand, and against an independent implementation."""

import numpy as np
import pytest
import torch
from fieldbench.metrics.images import psnr, structural_similarity
from pytorch_msssim import ms_ssim, ssim


def pair(*shape, noise=0.1):
    generator = np.random.default_rng(0)
    truth = generator.random(shape).astype(np.float32)
    for axis in range(len(shape)):
        truth = (truth + np.roll(truth, 1, axis)) / 2
    return (truth + noise * generator.normal(size=shape)).astype(np.float32), truth


def test_psnr_by_hand():
    assert psnr(0.01, 1.0) == pytest.approx(20)
    assert psnr(0.01, 10.0) == pytest.approx(40)
    assert psnr(0.0, 7.0) == pytest.approx(138.47, abs=0.01)


@pytest.mark.parametrize("shape", [(11, 11), (40, 53), (14, 12, 13)])
def test_ssim_agrees_with_an_independent_implementation(shape):
    decoded, truth = pair(*shape)
    expected = ssim(torch.tensor(decoded)[None, None], torch.tensor(truth)[None, None], data_range=1)
    assert structural_similarity(decoded, truth)[0] == pytest.approx(float(expected), abs=2e-6)


def test_ms_ssim_agrees_with_an_independent_implementation():
    decoded, truth = pair(176, 208)
    expected = ms_ssim(torch.tensor(decoded)[None, None], torch.tensor(truth)[None, None], data_range=1)
    assert structural_similarity(decoded, truth)[1] == pytest.approx(float(expected), abs=2e-6)


def test_flat_images_by_the_definition():
    # Constants a and b: SSIM = (2 a b + C1) / (a^2 + b^2 + C1), C1 = 0.01^2.
    found = structural_similarity(np.full((12, 12), 0.25), np.full((12, 12), 0.5))[0]
    assert found == pytest.approx((2 * 0.125 + 1e-4) / (0.25 + 0.0625 + 1e-4))


@pytest.mark.parametrize(("shape", "known"), [((10, 300), (False, False)), ((175, 300), (True, False))])
def test_images_too_small_for_the_window_have_no_similarity(shape, known):
    found = structural_similarity(*pair(*shape))
    assert tuple(np.isfinite(found)) == known


def test_an_opposite_image_has_no_structure_in_common():
    truth = pair(176, 176)[1]
    ssim_score, ms_ssim_score = structural_similarity(1 - truth, truth)
    assert ssim_score < 0 and ms_ssim_score == 0
