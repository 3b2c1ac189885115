"""fpzip (Lindstrom and Isenburg 2006, IEEE TVCG 12, 1245): floats without their last bits, predicted without loss.

Needs the package fpzip.
"""

import numpy as np

from fieldbench.compression.standard._base import needed
from fieldbench.compression.standard._bounded import BoundedCodec
from fieldbench.errors import UserError

WHAT = "fpzip"
FEWEST, ALL = 10, 32  # bits of a float that are kept: sign, exponent and one more, to all


def build() -> BoundedCodec:
    """The codec; its setting is the largest error as a share of the peak: the fewest bits that keep it."""
    return BoundedCodec("fpzip", _write, _read)


def _write(values: np.ndarray, error: float) -> bytes:
    library = needed("fpzip", WHAT)
    for bits in range(FEWEST, ALL + 1):
        data = library.compress(values, precision=bits, order="C")
        if np.abs(_read(data, values.shape) - values.astype(np.float64)).max() <= error:
            return data
    raise UserError("fpzip kept all bits and not the bound; choose a larger one.")


def _read(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    return needed("fpzip", WHAT).decompress(data, order="C").reshape(shape)
