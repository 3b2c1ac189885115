"""Which samples are known, as bytes: packed bits, deflated or by LZMA, or predicted bit by bit; of equal slices one."""

import lzma
import math
import zlib
from contextlib import suppress

import numpy as np

from fieldbench.compression import integers
from fieldbench.compression.entropy import inflate

MOST = 2**22  # samples of masks that are predicted, which takes microseconds each


def encode_mask(known: np.ndarray) -> bytes:
    """A boolean array, by whatever takes the fewest bytes."""
    if known.ndim > 2 and len(known) > 1 and (known == known[:1]).all():
        return b"r" + encode_mask(known[0])
    packed = np.packbits(known).tobytes()
    ways = [b"z" + zlib.compress(packed, 9), b"x" + lzma.compress(packed, lzma.FORMAT_ALONE)]
    if known.size <= MOST:
        every = np.ones(known.shape, bool)
        with suppress(integers.Unsuited):
            ways.append(b"p" + integers.encode("predicted", known.astype(np.int64), every, 0))
    return min(ways, key=len)


def decode_mask(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The array that `encode_mask` wrote."""
    way, data = data[:1], data[1:]
    if way == b"r":
        return np.broadcast_to(decode_mask(data, shape[1:]), shape).copy()
    if way == b"p":
        return integers.decode("predicted", data, np.ones(shape, bool), 0) != 0
    count = math.prod(shape)
    packed = inflate(data, -(-count // 8), lzma if way == b"x" else zlib)
    return np.unpackbits(np.frombuffer(packed, np.uint8), count=count).reshape(shape).astype(bool)
