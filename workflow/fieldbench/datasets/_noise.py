"""The continuum that profiles are divided by, and the noise of what is measured."""

from collections.abc import Sequence

import numpy as np

from fieldbench.datasets._cube import STOKES, measured
from fieldbench.datasets._wavelengths import numbers
from fieldbench.errors import UserError

NORMAL_SIGMA_PER_MAD = 1.4826  # a normal distribution's standard deviation over its median absolute deviation
FARTHEST = 8  # pixels over which the noise may be correlated
# On either side of a line, structure on the Sun looks alike in I, Q and U, and opposite in V.
CANCELLING = {"I": -1.0, "Q": -1.0, "U": -1.0, "V": 1.0}
SATURATED = 0.8  # of the largest deviation over all distances, from where on pixels count as independent


def continuum_level(stokes: np.ndarray, offsets: np.ndarray, continuum: str | float, name: str) -> float:
    """What Stokes profiles are to be divided by.

    Args:
        stokes: (y, x, 4, W).
        offsets: (W,) Angstrom.
        continuum: "divide" for the field's median of Stokes I at the wavelength farthest from the line,
            "none" where the profiles are relative to the continuum already, or the level itself.
        name: of the data, for messages.

    Raises:
        UserError: any other word, or a level that is not positive.
    """
    if continuum == "none":
        return 1.0
    if continuum == "divide":
        continuum = _finite_median(stokes[:, :, 0, np.abs(offsets).argmax()])
    if isinstance(continuum, str) or not continuum > 0:
        raise UserError(
            f"`continuum` of {name} is {continuum!r}; it must be divide, none, or a positive number."
        )
    return float(continuum)


def noise_levels(stokes: np.ndarray, noise: str | float | Sequence[float], name: str) -> np.ndarray:
    """Standard deviation of the noise of I, Q, U and V, (4,), in the unit of `stokes`; infinite where not measured.

    Args:
        stokes: (y, x, 4, W), NaN throughout where a parameter was not measured.
        noise: "estimate", see `estimated`; one number for all; or four.
        name: of the data, for messages.

    Raises:
        UserError: not positive, not one or four numbers, or impossible to estimate.
    """
    present = measured(stokes)
    levels = estimated(stokes)[0] if isinstance(noise, str) else numbers(noise, "noise", name)
    if levels.size not in (1, 4) or not (np.broadcast_to(levels, 4)[present] > 0).all():
        raise UserError(
            f"`noise` of {name} is {noise!r}, which gives {levels.tolist()}; "
            "give one positive number, or four, relative to the continuum."
        )
    return np.where(present, levels, np.inf)


def estimated(stokes: np.ndarray) -> tuple[np.ndarray, int]:
    """The noise of I, Q, U and V, (4,), and the distance in pixels from which on it is independent.

    The outermost wavelengths on either side are combined so that most structure on the Sun cancels. Second
    differences along the longer side of the field remove what varies linearly from pixel to pixel. Where noise is
    correlated between neighbours, they grow with the distance, so one is taken at which they have ceased to grow.
    What is left of finer structure adds to the estimate.

    Args:
        stokes: (y, x, 4, W).
    """
    signs = np.array([CANCELLING[name] for name in STOKES])
    values = (stokes[..., 0] + signs * stokes[..., -1]) / np.sqrt(2)
    values = np.moveaxis(values, int(values.shape[1] > values.shape[0]), 0)
    farthest = min(FARTHEST, max(1, (values.shape[0] - 1) // 3))
    grown = np.array([_deviations(values, distance) for distance in range(1, farthest + 1)])
    saturated = (grown >= SATURATED * grown.max(axis=0)).argmax(axis=0)[measured(stokes)]
    independent = int(saturated.min()) + 1  # all four alike; where one saturates later, it is structure
    return grown[min(2 * independent - 1, farthest) - 1], independent


def _deviations(values: np.ndarray, distance: int) -> list[float]:
    """Robust deviation of I, Q, U, V from second differences over `distance` along the first axis."""
    if values.shape[0] <= 2 * distance:
        return [np.nan] * len(STOKES)
    differences = values[2 * distance :] - 2 * values[distance:-distance] + values[: -2 * distance]
    return [robust_sigma(differences[..., index]) / np.sqrt(6) for index in range(len(STOKES))]


def robust_sigma(values: np.ndarray) -> float:
    """Standard deviation of the bulk of `values`, from the median absolute deviation; NaN without any."""
    return NORMAL_SIGMA_PER_MAD * _finite_median(np.abs(values - _finite_median(values)))


def _finite_median(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else np.nan
