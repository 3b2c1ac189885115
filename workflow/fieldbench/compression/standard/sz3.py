"""SZ3 (Liang et al. 2023, IEEE Transactions on Big Data 9, 485): prediction, quantized remainders, Huffman's code, zstd."""

from functools import partial

import imagecodecs
import numpy as np

from fieldbench import registry
from fieldbench.compression.standard._base import needed
from fieldbench.compression.standard._bounded import BoundedCodec

PREDICTORS = {"own": "", "interpolation": "INTERP", "lorenzo": "LORENZO_REG"}


def build(predictor: str = "own") -> BoundedCodec:
    """The codec; its setting is the largest error as a share of the peak.

    Args:
        predictor: `own`, as SZ3 chooses; `interpolation`, or `lorenzo`, with regression, which need the package pysz.

    Raises:
        UserError: unknown predictor.
    """
    registry.check_word("predictor", predictor, PREDICTORS)
    if predictor == "own":
        return BoundedCodec(
            "sz3", _write, lambda data, shape: imagecodecs.sz3_decode(data, shape, np.float32)
        )
    return BoundedCodec(f"sz3-{predictor}", partial(_write_by, PREDICTORS[predictor]), _read)


def _write(values: np.ndarray, error: float) -> bytes:
    return bytes(imagecodecs.sz3_encode(values, mode="abs", abs=error))


def _write_by(algorithm: str, values: np.ndarray, error: float) -> bytes:
    pysz = needed("pysz", "SZ3 by a predictor of one's choice")
    settings = pysz.szConfig(values.shape)
    settings.errorBoundMode, settings.absErrorBound = pysz.szErrorBoundMode.ABS, error
    settings.cmprAlgo = getattr(pysz.szAlgorithm, algorithm)
    return pysz.sz.compress(values, settings)[0].tobytes()


def _read(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    pysz = needed("pysz", "SZ3 by a predictor of one's choice")
    return pysz.sz.decompress(np.frombuffer(data, np.uint8), np.float32, shape)[0]
