"""A learned codec from a field to a file: what one job of the pipeline does."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
import xarray as xr

from fieldbench.compression import codec
from fieldbench.compression.field import Field
from fieldbench.compression.training import CURVES
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import Progress
from fieldbench.training.result import Result


def train(
    field: Field,
    entry: Mapping[str, Any],
    *,
    seed: int,
    device: torch.device,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Result:
    """Fit a codec to one field and write its file; see `training.result.Train`.

    Args:
        entry: the codec's `type` and options, how it is trained among them.

    Returns:
        `coded`, the file; `history` (step) of `curves`; and measures.

    Raises:
        Diverged: the loss is not finite.
        UserError: see `codec.build` and the codec.
    """
    began = time.perf_counter()
    report = partial(progress, "fit") if progress else None
    encoded = codec.build(entry, field).encode(
        field, seed=seed, device=device, checkpoint=checkpoint, progress=report
    )
    seconds = time.perf_counter() - began
    measures = {**encoded.measures, "encode_seconds": seconds}
    return Result({"coded": encoded.data, "history": encoded.history}, measures)


def empty() -> Result:
    """What a fit that failed leaves: a file of no bytes and a history without steps."""
    history = xr.Dataset({name: ("step", np.empty(0)) for name in CURVES})
    return Result({"coded": b"", "history": history})
