"""How far a decoded image or field is from the true one; no torch."""

from typing import overload

import numpy as np
from scipy.ndimage import correlate1d

RADIUS, SIGMA = 5, 1.5  # samples, of the Gaussian window of SSIM
LUMINANCE, CONTRAST = 0.01**2, 0.03**2  # constants that keep the ratios finite, of a range of 1
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # exponents of MS-SSIM, finest first


@overload
def psnr(squared: float, peak: float) -> float: ...
@overload
def psnr(squared: np.ndarray, peak: float) -> np.ndarray: ...
def psnr(squared: np.ndarray | float, peak: float) -> np.ndarray | float:
    """Peak signal-to-noise ratio in dB of mean squared errors.

    An error of 0 counts as float32's rounding of the peak (138.5 dB), so that the result is always a number.

    Args:
        squared: mean squared error, in the square of the data's unit.
        peak: largest possible error, in the data's unit.
    """
    rounding = (peak * np.finfo(np.float32).eps) ** 2
    return 10 * np.log10(peak**2 / np.maximum(squared, rounding))


def structural_similarity(decoded: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """SSIM and MS-SSIM of one channel, each up to 1; NaN where a side is too short for the window at all its scales.

    Sources: Wang et al. 2004, IEEE TIP 13, 600, with its Gaussian window of 11 samples, wholly inside; Wang et al. 2003,
    Asilomar 37, 1398. Contrasts and structures that are negative count as 0, as their fractional powers do not exist.

    Args:
        decoded, truth: (*space), two or three axes, scaled to a range of 1.
    """
    found, scales = [], _scales_that_fit(truth.shape)
    for _ in range(scales):
        found.append(_similarity(decoded, truth))
        decoded, truth = _halved(decoded), _halved(truth)
    ssim = found[0][0] if found else float("nan")
    if scales < len(SCALES):
        return ssim, float("nan")
    factors = [*(structure for _, structure in found[:-1]), found[-1][0]]
    return ssim, float(np.prod(np.maximum(factors, 0) ** np.array(SCALES)))


def _scales_that_fit(shape: tuple[int, ...]) -> int:
    """How many times the shortest side holds the window, halved from one to the next."""
    window = 2 * RADIUS + 1
    return sum(min(shape) >> scale >= window for scale in range(len(SCALES)))


def _similarity(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Means over all places of the window of SSIM, and of its part for contrast and structure."""
    mean_first, mean_second = _windowed(first), _windowed(second)
    product = mean_first * mean_second
    squares = mean_first**2 + mean_second**2
    covariance = _windowed(first * second) - product
    variances = _windowed(first**2 + second**2) - squares
    structure = (2 * covariance + CONTRAST) / (variances + CONTRAST)
    luminance = (2 * product + LUMINANCE) / (squares + LUMINANCE)
    return float(np.mean(luminance * structure, dtype=float)), float(np.mean(structure, dtype=float))


def _windowed(values: np.ndarray) -> np.ndarray:
    """Gaussian means over the window wherever it fits."""
    weights = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / (2 * SIGMA**2))
    for axis in range(values.ndim):
        values = correlate1d(values, weights / weights.sum(), axis)
    return values[(slice(RADIUS, -RADIUS),) * values.ndim]


def _halved(values: np.ndarray) -> np.ndarray:
    """Means over blocks of two samples along each axis; an odd last one is dropped."""
    for axis, length in enumerate(values.shape):
        even, odd = (values.take(np.arange(start, length - length % 2, 2), axis) for start in (0, 1))
        values = (even + odd) / 2
    return values
