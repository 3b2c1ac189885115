"""SZ3 (Liang et al. 2023, IEEE Transactions on Big Data 9, 485): prediction by interpolation, quantized remainders."""

import imagecodecs
import numpy as np

from fieldbench.compression.standard._bounded import BoundedCodec


def build() -> BoundedCodec:
    """The codec; its setting is the largest error as a share of the peak."""
    return BoundedCodec("sz3", _write, lambda data, shape: imagecodecs.sz3_decode(data, shape, np.float32))


def _write(values: np.ndarray, error: float) -> bytes:
    return imagecodecs.sz3_encode(values, mode="abs", abs=error)
