"""Power by scale: what a coder takes away at high frequencies, and what it adds. Numpy only."""

import numpy as np

FLOOR = 1e-14  # of the truth's total power: float32's rounding; less counts as this much


def radial_power(values: np.ndarray) -> np.ndarray:
    """Mean power of `values` in shells of equal width in frequency, (K,).

    Shell k, from 0, holds the frequencies that round to k + 1 cycles per shortest side; the last one is that side's
    Nyquist frequency. A Hann window keeps the edges, which are not periodic, from leaking into every shell.

    Args:
        values: (*space) of two or three axes, its mean removed.
    """
    windowed = values.astype(float)
    for axis, length in enumerate(values.shape):
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
        windowed *= window.reshape(-1, *[1] * (values.ndim - axis - 1))
    power = np.abs(np.fft.rfftn(windowed)) ** 2
    shells = min(values.shape) // 2
    shell = _shells(values.shape)
    inside = (shell > 0) & (shell <= shells)
    counts = np.bincount(shell[inside], minlength=shells + 1)[1:]
    return np.bincount(shell[inside], power[inside], minlength=shells + 1)[1:] / counts


def spectrum_error_db(decoded: np.ndarray, truth: np.ndarray, known: np.ndarray, dimensions: int) -> float:
    """Mean over shells of |10 log10 (decoded power / true power)|, dB; 0 where they are equal.

    The power of a shell is summed over the leading axes of space, such as a video's frames; channels count equally.

    Args:
        decoded, truth: (C, *space).
        known: (*space); unknown samples take the mean of the known ones, in both.
        dimensions: trailing axes of space that the spectrum is over, 2 or 3.
    """
    errors = []
    for channel in range(len(truth)):
        mean = truth[channel][known].mean(dtype=float)
        expected, found = (_summed(values[channel], mean, known, dimensions) for values in (truth, decoded))
        floor = FLOOR * expected.sum()
        if floor > 0:
            errors.append(
                np.abs(10 * np.log10(np.maximum(found, floor) / np.maximum(expected, floor))).mean()
            )
    return float(np.mean(errors)) if errors else float("nan")


def _summed(values: np.ndarray, mean: float, known: np.ndarray, dimensions: int) -> np.ndarray:
    """Power by shell of one channel (*space), summed over what lies before the last `dimensions` axes."""
    centred = np.where(known, values - mean, 0)
    slices = centred.reshape(-1, *centred.shape[centred.ndim - dimensions :])
    return np.sum([radial_power(part) for part in slices], axis=0)


def _shells(shape: tuple[int, ...]) -> np.ndarray:
    """The number of the shell of each frequency of `rfftn`, 0 for the mean."""
    frequencies = [*(np.fft.fftfreq(length) for length in shape[:-1]), np.fft.rfftfreq(shape[-1])]
    squared = sum(axis**2 for axis in np.meshgrid(*frequencies, indexing="ij", sparse=True))
    return np.rint(np.sqrt(squared) * min(shape)).astype(int)
