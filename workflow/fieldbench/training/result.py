"""What a training leaves for the files and the record of its job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
import xarray as xr
from torch import nn

from fieldbench.files import replacing, save_bytes
from fieldbench.io import save_dataset
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import Progress


@dataclass(frozen=True)
class Result:
    """One training's outputs and measures; a run that failed has empty ones.

    Attributes:
        outputs: by name: a data set, bytes, a module, of which the state is kept, or a dictionary of tensors.
        measures: numbers by name, see `fieldbench.record`.
    """

    outputs: Mapping[str, xr.Dataset | bytes | nn.Module | Mapping[str, Any]]
    measures: dict[str, float] = field(default_factory=dict)

    def save(self, paths: Mapping[str, str]) -> None:
        """Write each output to the path of its name, atomically.

        Raises:
            UserError: see `files.replacing`.
        """
        for name, value in self.outputs.items():
            if isinstance(value, xr.Dataset):
                save_dataset(value, paths[name])
            elif isinstance(value, bytes):
                save_bytes(value, paths[name])
            else:
                with replacing(paths[name]) as temporary:
                    torch.save(value.state_dict() if isinstance(value, nn.Module) else value, temporary)


class Train(Protocol):
    """What an area's training takes beside its problem, its method and its settings."""

    def __call__(
        self,
        *,
        seed: int,
        device: torch.device,
        checkpoint: Checkpoint | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Train.

        Args:
            seed: of all random numbers.
            checkpoint: where an interrupted training left its state.
            progress: called after every step; what it raises ends the training once its state is saved.

        Raises:
            Diverged: the loss is not finite.
        """
        ...
