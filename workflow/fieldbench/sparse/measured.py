"""What is kept of a training: its history, step by step, and its costs."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from torch import nn

from fieldbench.training.loop import History


def history(histories: Mapping[str, History]) -> xr.Dataset:
    """Loss and seconds of every step, with its phase."""
    phases = np.repeat(list(histories), [len(part.loss) for part in histories.values()])
    columns = {
        name: ("step", np.concatenate([getattr(part, name) for part in histories.values()]))
        for name in ("loss", "seconds")
    }
    return xr.Dataset({**columns, "phase": ("step", phases)})


def costs(network: nn.Module, histories: Mapping[str, History], memory: int) -> dict[str, float]:
    """Times of the training and of its median step, parameters, and bytes of a GPU."""
    times = [np.diff(part.seconds, prepend=0) for part in histories.values()]
    return {
        "train_seconds": float(sum(part.sum() for part in times)),
        "step_seconds": float(np.median(np.concatenate(times))),
        "parameter_count": sum(parameter.numel() for parameter in network.parameters()),
        "peak_memory_bytes": memory,
    }
