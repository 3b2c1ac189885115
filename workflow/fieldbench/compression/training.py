"""How the learned codecs train: the weight of the rate, and what a training leaves."""

import hashlib
import math
from typing import Any

import numpy as np
import xarray as xr
from torch import Tensor, nn

from fieldbench.compression.field import Field
from fieldbench.training.loop import History

FOLLOW = 0.1  # change of log(rate weight) per step and unit of log(rate / target)
ANSWER = 4.0  # of log(rate weight) per unit of log(rate / target)
WEIGHTS = (1e-7, 10.0)  # bounds of what a steered rate weight is made from
CURVES = ("loss", "seconds", "psnr_db", "rate_bpp")


class Fitted(nn.Module):
    """What a learned codec trains, an `Objective` of `training.loop`, and what it notes of its steps.

    Attributes:
        weight: () of the rate at the present step.
        distortions: (steps,) MSE in units of peak^2.
        rates: (steps,) bits per pixel.
    """

    active_levels = 0
    floor = 0.0
    weight: Tensor
    distortions: Tensor
    rates: Tensor


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
    digest.update(np.ascontiguousarray(field.values).data)
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
        psnr = -10 * np.log10(distortion[:done].astype(np.float64))
    columns = (history.loss, history.seconds, psnr, rate[:done].astype(np.float64))
    return xr.Dataset(
        {name: ("step", np.array(values)) for name, values in zip(CURVES, columns, strict=True)}
    )


def times(history: xr.Dataset) -> dict[str, float]:
    """Seconds of the training and of its median step."""
    seconds = history["seconds"].values
    return {
        "train_seconds": float(seconds[-1]),
        "step_seconds": float(np.median(np.diff(seconds, prepend=0))),
    }
