"""EBCC, the Error Bounded Climate Compressor (github.com/spcl/EBCC): JPEG 2000, and what it leaves by sparse wavelets.

Needs the package numcodecs-wasm-ebcc (not `ebcc`, which is another program).
"""

import numpy as np

from fieldbench.compression.standard._base import needed
from fieldbench.compression.standard._bounded import BoundedCodec
from fieldbench.errors import UserError

WHAT = "EBCC"
RATIOS = (10.0, 30.0, 100.0, 300.0)  # of compression by JPEG 2000 alone, of which the best is kept


def build() -> BoundedCodec:
    """The codec; its setting is the largest error as a share of the peak."""
    return BoundedCodec("ebcc", _write, _read)


def _write(values: np.ndarray, error: float) -> bytes:
    """The smallest stream that keeps the bound, of several shares of JPEG 2000."""
    library, kept = needed("numcodecs_wasm_ebcc", WHAT, "numcodecs-wasm-ebcc"), []
    for ratio in RATIOS:
        data = bytes(library.Ebcc(residual="absolute", error=error, base_cr=ratio).encode(values))
        if np.abs(_read(data, values.shape) - values.astype(np.float64)).max() <= error:
            kept.append(data)
    if not kept:
        raise UserError("EBCC keeps the bound at none of its settings; choose a larger one.")
    return min(kept, key=len)


def _read(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    library = needed("numcodecs_wasm_ebcc", WHAT, "numcodecs-wasm-ebcc")
    found = library.Ebcc(residual="absolute", error=1.0).decode(np.frombuffer(data, np.uint8))
    return np.asarray(found, np.float32).reshape(shape)
