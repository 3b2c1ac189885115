"""How the learned codecs train: Adam with a learning rate per part of the model, and the weight of the rate."""

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import nn

from fieldbench.compression.field import Field
from fieldbench.training.loop import History

FOLLOW = 0.1  # change of log(rate weight) per step and unit of log(rate / target)
ANSWER = 4.0  # of log(rate weight) per unit of log(rate / target)
WEIGHTS = (1e-7, 10.0)  # bounds of what a steered rate weight is made from


@dataclass(frozen=True)
class Recipe:
    """A recipe for `loop.fit`.

    Attributes:
        epochs: number of steps.
        learning_rate: of the parameters that no part names.
        parts: (how a parameter's name begins, its learning rate), for parameters with a rate of their own.
        last_share: share of each learning rate that is left at the end, which a cosine leads to; 1: constant.
        fingerprint: of the data and of all that the model's parameters do not show.
    """

    epochs: int
    learning_rate: float
    parts: tuple[tuple[str, float], ...]
    last_share: float
    fingerprint: str
    graphed = False

    def groups(self, model: nn.Module) -> list[dict[str, Any]]:
        """Parameter groups for Adam."""
        groups: dict[float, list[nn.Parameter]] = {}
        for name, parameter in model.named_parameters():
            rate = next((rate for start, rate in self.parts if name.startswith(start)), self.learning_rate)
            groups.setdefault(rate, []).append(parameter)
        return [{"params": parameters, "lr": rate} for rate, parameters in groups.items()]

    def scheduler(self, optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LambdaLR:
        return _Cosine(optimizer, lambda step: cosine(step / self.epochs, 1.0, self.last_share))

    def adjust(self, parameters: list[nn.Parameter]) -> None:
        """Gradients stay as they are."""


class _Cosine(torch.optim.lr_scheduler.LambdaLR):
    def step(self, _loss: float | None = None) -> None:
        super().step()


def cosine(fraction: float, start: float, end: float) -> float:
    """From `start` at fraction 0 to `end` at fraction 1 along half a cosine."""
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * min(fraction, 1.0)))


def steered(base: float, rate: float, target: float, steps: int) -> tuple[float, float]:
    """The rate weight that brings the file to its target, and the base that it is made from, for the next call.

    The base follows the misses of all steps, the weight answers to the present one too, which keeps it from swinging.

    Args:
        base: what the last call returned.
        rate: bits that the file would take now.
        target: bits that it should take.
        steps: since the last call.
    """
    miss = float(np.clip(math.log(rate / target), -1, 1))
    base = float(np.clip(base * math.exp(FOLLOW * steps * miss), *WEIGHTS))
    return base * math.exp(ANSWER * miss), base


def fingerprint(field: Field, *others: Any) -> str:
    """What tells one field from another, and one run's options from another's."""
    digest = hashlib.sha256(repr((field.kind, field.units, field.peak, field.levels, *others)).encode())
    digest.update(np.ascontiguousarray(field.values))
    digest.update(np.packbits(field.known).tobytes())
    return digest.hexdigest()


def curves(history: History, distortion: np.ndarray, rate: np.ndarray) -> xr.Dataset:
    """The history (step,) of a codec: `loss`, `seconds`, `psnr_db` of the training, `rate_bpp`.

    Args:
        distortion: MSE of each step in units of peak^2.
        rate: bits per pixel of each step.
    """
    done = len(history.loss)
    with np.errstate(divide="ignore"):
        columns = {
            "loss": np.array(history.loss),
            "seconds": np.array(history.seconds),
            "psnr_db": -10 * np.log10(distortion[:done].astype(np.float64)),
            "rate_bpp": rate[:done].astype(np.float64),
        }
    return xr.Dataset({name: ("step", values) for name, values in columns.items()})


def times(history: xr.Dataset) -> dict[str, float]:
    """Seconds of the training and of its median step."""
    seconds = history["seconds"].values
    return {
        "train_seconds": float(seconds[-1]),
        "step_seconds": float(np.median(np.diff(seconds, prepend=0))),
    }
