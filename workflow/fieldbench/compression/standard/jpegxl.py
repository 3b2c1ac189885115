"""JPEG XL by libjxl: colours as seen (XYB), a bare codestream, without photon noise.

Its encoder aims at the eye, not at PSNR, which is why its curve may lie below that of WebP.
"""

from typing import cast

import imagecodecs
import numpy as np

from fieldbench.compression.standard._base import PictureCodec

EFFORT = 9  # of 1 to 9; on six of Kodak's photographs it takes 5 % less to 1 % more than 7, at equal PSNR


def build() -> PictureCodec:
    """The codec; its setting is the quality, 1 to 99, on about JPEG's scale."""
    return PictureCodec("JPEG XL", _write, imagecodecs.jpegxl_decode)


def _write(picture: np.ndarray, quality: float) -> bytes:
    level = cast(int, quality)  # it takes any number, whatever its types say
    data = imagecodecs.jpegxl_encode(picture, level=level, effort=EFFORT, usecontainer=False, numthreads=1)
    return bytes(data)
