"""zfp (Lindstrom 2014, IEEE TVCG 20, 2674): a transform of blocks of four samples along each axis."""

from typing import cast

import imagecodecs
import numpy as np

from fieldbench.compression.standard._bounded import BoundedCodec

# Times the bound: zfp's errors stay well below its tolerance, which acts in powers of two.
TOLERANCES = (4, 2)


def build() -> BoundedCodec:
    """The codec in its mode of fixed accuracy; its setting is the largest error as a share of the peak."""
    return BoundedCodec("zfp", _write, lambda data, _: imagecodecs.zfp_decode(data))


def _write(values: np.ndarray, error: float) -> bytes:
    """The stream of the largest tolerance that keeps the bound everywhere."""
    for factor in TOLERANCES:
        data = _within(values, factor * error)
        if np.abs(imagecodecs.zfp_decode(data) - values.astype(float)).max() <= error:
            return data
    return _within(values, error)


def _within(values: np.ndarray, tolerance: float) -> bytes:
    level = cast(int, tolerance)  # in this mode it takes any number, whatever its types say
    return bytes(imagecodecs.zfp_encode(values, level=level, mode="accuracy", header=True))
