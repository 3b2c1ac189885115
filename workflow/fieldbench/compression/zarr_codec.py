"""The same compression as a codec of numcodecs, for chunks of Zarr arrays (the extra `zarr`).

    import zarr
    from fieldbench.compression.zarr_codec import FieldCodec

    zarr.create_array("sst.zarr", shape=..., chunks=..., dtype="f4", zarr_format=2, compressors=FieldCodec(max_error=0.05))

An installed fieldbench is found by name when such an array is read: `fieldbench` among numcodecs' entry points.
"""

from typing import Any

import numpy as np
from numcodecs.abc import Codec
from numcodecs.compat import ensure_ndarray_like, ndarray_copy
from numcodecs.registry import register_codec

from fieldbench.compression import api


class FieldCodec(Codec):
    """Chunks of which no finite value is off by more than `max_error`, in the array's unit.

    Args:
        max_error: 0 for none.
        seconds: after which no further coder is tried on a chunk; where left out all are, with the same bytes each time.
    """

    codec_id = "fieldbench"

    def __init__(self, max_error: float, seconds: float | None = None) -> None:
        self.max_error = float(max_error)
        self.seconds = seconds

    def encode(self, buf: Any) -> bytes:
        """A chunk of 1 to 4 dimensions as a file.

        Raises:
            UserError: see `api.encode`.
        """
        seconds = np.inf if self.seconds is None else self.seconds
        return api.encode(np.asarray(ensure_ndarray_like(buf)), max_error=self.max_error, seconds=seconds)

    def decode(self, buf: Any, out: Any = None) -> Any:
        """The chunk in a file.

        Raises:
            UserError: see `api.decode`.
        """
        found = api.decode(bytes(memoryview(buf))).values
        return found if out is None else ndarray_copy(found, out)


register_codec(FieldCodec)
