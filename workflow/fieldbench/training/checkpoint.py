"""Checkpoints of a training run: whole files, and only ever restored into the run that wrote them."""

import hashlib
import json
import logging
import time
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fieldbench.files import replacing

logger = logging.getLogger(__name__)


class Checkpoint:
    """A file that a run's state is kept in.

    Args:
        path: the file; None keeps nothing.
        seconds: least time between two writes.
    """

    def __init__(self, path: Path | None, seconds: float) -> None:
        self.path = path
        self.seconds = seconds
        self.written = time.perf_counter()

    def part(self, name: str) -> "Checkpoint":
        """The checkpoint of one of several trainings of a job, in a file beside this one's."""
        return Checkpoint(self.path and self.path.with_stem(f"{self.path.stem}-{name}"), self.seconds)

    def restore(self, identity: str, device: torch.device) -> dict[str, Any] | None:
        """The state last saved under `identity`; None if there is none, it is damaged or another run's."""
        if self.path is None or not self.path.exists():
            return None
        try:
            _check_sums(self.path)
            found = torch.load(self.path, map_location=device, weights_only=True)
            same, state = found["identity"] == identity, found["state"]
        except Exception as error:  # what damaged bytes raise depends on where the damage is
            first_line = f"{type(error).__name__}: {error}".splitlines()[0]
            logger.warning("%s is damaged (%s): training begins again.", self.path, first_line)
            return None
        if not same:
            logger.info("%s is of a training with other data or options: training begins anew.", self.path)
        return state if same else None

    def due(self) -> bool:
        """Whether it is time to save again."""
        return self.path is not None and time.perf_counter() - self.written >= self.seconds

    def save(self, identity: str, state: dict[str, Any]) -> None:
        """Write `state`, atomically.

        Raises:
            UserError: the folder cannot be written to, or the disk is full.
        """
        if self.path is not None:
            with replacing(self.path) as temporary:
                torch.save({"identity": identity, "state": state}, temporary)
        self.written = time.perf_counter()

    def remove(self) -> None:
        """Remove the file and those of all parts: nothing is left to go on with."""
        if self.path is not None:
            for file in self.path.parent.glob(f"{self.path.stem}*{self.path.suffix}"):
                file.unlink(missing_ok=True)


def _check_sums(path: Path) -> None:
    """Compare the file's parts with their checksums, which torch writes but does not read."""
    with zipfile.ZipFile(path) as parts:
        if damaged := parts.testzip():
            raise zipfile.BadZipFile(f"bad checksum of {damaged}")


def identity(model: nn.Module, options: dict[str, Any]) -> str:
    """A fingerprint of a run before its first step: parameters, persistent buffers (the data) and options."""
    digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
    for name, tensor in model.state_dict().items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
