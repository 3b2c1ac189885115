"""Rounding to multiples of just under twice the bound, and the whole numbers without loss by a library.

JPEG-LS: ITU-T T.87, by CharLS. Pcodec: Loncaric et al. 2025, "Pcodec: Better Compression for Numerical Sequences".
"""

import struct
from functools import partial

import imagecodecs
import numpy as np

from fieldbench import registry
from fieldbench.compression.standard._bounded import BoundedCodec
from fieldbench.errors import UserError

HEAD = struct.Struct("<dd")  # least value, step
LEVEL = 12  # of pcodec, its slowest


def build(coder: str) -> BoundedCodec:
    """The codec; its setting is the largest error as a share of the peak.

    Args:
        coder: `jpegls` or `pcodec`.

    Raises:
        UserError: unknown coder.
    """
    registry.check_word("coder", coder, ("jpegls", "pcodec"))
    return BoundedCodec(coder, partial(_write, coder), partial(_read, coder))


def _write(coder: str, values: np.ndarray, error: float) -> bytes:
    least, step = float(values.min()), 2 * error * (1 - 1e-6)
    steps = np.rint((values.astype(np.float64) - least) / step)
    if coder == "pcodec":
        return HEAD.pack(least, step) + imagecodecs.pcodec_encode(steps.astype(np.int32), level=LEVEL)
    if steps.max() > np.iinfo(np.uint16).max:
        raise UserError("JPEG-LS codes 16 bits, and the bound asks for more; choose a larger one.")
    deep = steps.max() > np.iinfo(np.uint8).max
    picture = steps.astype(np.uint16 if deep else np.uint8)
    return HEAD.pack(least, step) + imagecodecs.jpegls_encode(picture.reshape(-1, picture.shape[-1]))


def _read(coder: str, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    least, step = HEAD.unpack_from(data)
    stream = data[HEAD.size :]
    if coder == "pcodec":
        steps = imagecodecs.pcodec_decode(stream, shape, np.int32)
    else:
        steps = imagecodecs.jpegls_decode(stream).reshape(shape)
    return (least + step * steps.astype(np.float64)).astype(np.float32)
