"""SPERR (Li et al. 2023, IPDPS): a wavelet transform coded by SPECK, and the outliers beyond the bound after it."""

import imagecodecs
import numpy as np

from fieldbench.compression.standard._bounded import BoundedCodec


def build() -> BoundedCodec:
    """The codec in its mode of a point-wise error; its setting is the largest error as a share of the peak."""
    return BoundedCodec("sperr", _write, _read)


def _write(values: np.ndarray, error: float) -> bytes:
    return bytes(imagecodecs.sperr_encode(values, error, "pwe", header=True, numthreads=1))


def _read(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    return imagecodecs.sperr_decode(data, shape=shape, dtype=np.float32, header=True, numthreads=1)
