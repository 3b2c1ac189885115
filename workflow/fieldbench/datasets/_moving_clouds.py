"""Clouds over complete fields: smooth patches that drift and change, of which every time has its own share."""

import numpy as np
from scipy.fft import irfftn, rfftn

SHARES = (0.4, 0.9)  # of the points that are hidden, least and most
SIZE = 6.0  # pixels: standard deviation of the Gaussian that noise is smoothed with
PERSISTENCE = 0.6  # correlation of the clouds of two successive times, where they have drifted to
DRIFT = 5  # columns a time


def hidden(count: int, row: np.ndarray, column: np.ndarray, shape: tuple[int, int], seed: int) -> np.ndarray:
    """Which of P points clouds hide at `count` times, (F, P).

    Noise, smoothed in space, is an autoregressive process of first order in time, carried along the rows; a cloud is
    where it exceeds the quantile that leaves the time's share, which is uniform in `SHARES`.

    Args:
        row, column: (P,) places in an image of `shape`, whose columns close a circle.
        seed: of noise and shares.
    """
    rng = np.random.default_rng(seed)
    field, masks = _smooth(rng, shape), []
    for share in rng.uniform(*SHARES, count):
        values = field[row, column]
        masks.append(values >= np.quantile(values, 1 - share))
        field = PERSISTENCE * np.roll(field, DRIFT, axis=1) + np.sqrt(1 - PERSISTENCE**2) * _smooth(
            rng, shape
        )
    return np.array(masks)


def _smooth(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Smoothed noise of variance 1, periodic."""
    waves = [np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])]
    damped = rfftn(rng.standard_normal(shape)) * np.exp(
        -2 * (np.pi * SIZE) ** 2 * sum(wave**2 for wave in waves)
    )
    field = irfftn(damped, shape)
    return (field - field.mean()) / field.std()
