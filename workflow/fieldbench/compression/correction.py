"""A bound on the largest error of any codec: what the codec leaves is quantized and stored beside it.

The remainder is rounded to multiples of just under twice the bound, so that no known sample is off by more than it. Data
with levels are corrected in whole levels.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from fieldbench.compression.field import Field
from fieldbench.errors import UserError

SECTION = "correction"
MOST = 2**31 - 1  # steps that the remainder may take


def correction(truth: Field, decoded: Field, error: float) -> bytes:
    """The section that brings `decoded` within `error` of `truth` at every known sample.

    Args:
        error: largest absolute error, in the field's unit.

    Raises:
        UserError: the bound is not positive (with levels: negative), or finer than single precision can keep.
    """
    step = _level_step(truth, error) if truth.levels else _real_step(truth, error)
    steps = np.rint(_remainder(truth, decoded) / step)
    if np.abs(steps[:, truth.known]).max() > MOST:
        raise UserError(
            f"A largest error of {error} is too small for values up to {_largest(truth)}; raise it."
        )
    planes = np.where(truth.known, steps, 0).astype(np.int32)
    return np.float64(step).tobytes() + _coder().encode(_planes(planes), _known_planes(truth)).tobytes()


def corrected(decoded: Field, section: bytes) -> Field:
    """`decoded` with the correction that the section holds."""
    step = np.frombuffer(section[:8])[0]
    steps = _coder().decode(np.frombuffer(section[8:], np.uint8), _known_planes(decoded))
    steps = steps.reshape(decoded.values.shape)
    if decoded.levels:
        scale = decoded.levels - 1
        levels = np.rint(decoded.values * np.float64(scale)) + steps * step
        return replace(decoded, values=levels.clip(0, scale).astype(np.float32) / np.float32(scale))
    return replace(decoded, values=(decoded.values + steps * step).astype(np.float32))


def largest_error(truth: Field, decoded: Field) -> float:
    """Largest absolute difference over known samples, in the field's unit."""
    return float(np.abs(truth.values.astype(np.float64) - decoded.values)[:, truth.known].max())


def _level_step(truth: Field, error: float) -> float:
    """2 n + 1 levels, for an error of n whole levels."""
    if not error >= 0:
        raise UserError(f"A largest error must not be negative; got {error}.")
    return 2.0 * np.floor(error * (truth.levels - 1) * (1 + 1e-9)) + 1


def _real_step(truth: Field, error: float) -> float:
    """Twice the error, less what rounding the sum to single precision may add."""
    spacing = float(np.spacing(np.float32(_largest(truth) + error)))
    if not error >= spacing:
        raise UserError(
            f"A largest error of {error} is finer than single precision keeps values up to {_largest(truth):g}; "
            f"give at least {spacing:g}."
        )
    return 2 * (error - spacing / 2) * (1 - 1e-12)


def _remainder(truth: Field, decoded: Field) -> np.ndarray:
    """What is missing, in levels or in the field's unit."""
    if truth.levels:
        scale = np.float64(truth.levels - 1)
        return np.rint(truth.values * scale) - np.rint(decoded.values * scale)
    return truth.values.astype(np.float64) - decoded.values


def _largest(field: Field) -> float:
    return float(np.abs(field.values[:, field.known]).max())


def _planes(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values.reshape(-1, *values.shape[-2:]))


def _known_planes(field: Field) -> np.ndarray:
    return _planes(np.broadcast_to(field.known, field.values.shape))


def _coder() -> Any:
    from fieldbench.kernels import magnitude_coder  # compiled on first use, which most files do not need

    return magnitude_coder
