"""The least error that any unbiased method can reach on a family of waves: the Cramer-Rao limit.

For somebody who knows the family, and of how many waves a field consists, only the parameters are unknown. With J the
derivatives of the field in these, the observations fix them to the covariance C = noise^2 (J_o^T J_o)^-1, with J_o at
the observed points, and the field to the variances diag(J C J^T). To first order: with few or noisy observations other
parameters may explain them as well, and then the limit is out of reach.

It bounds the expected squared error. The mean of many fields' PSNR is larger than the PSNR of their mean squared error,
by 1.6 dB where three parameters are unknown, so it may exceed the limit where the pooled PSNR does not.

Source: Kay 1993, Fundamentals of Statistical Signal Processing: Estimation Theory, chapter 3.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fieldbench.datasets import _waves, wave_family
from fieldbench.errors import UserError
from fieldbench.metrics.images import psnr
from fieldbench.sparse.problem import Problem

FREE = {  # the parameters that differ from field to field; the others are numbers of waves, or the same in all
    "simple": ("wave", "phase"),
    "multi-frequency": ("wave", "phase", "amplitude"),
    "radial": ("wave", "phase"),
    "interference": ("wave", "phase"),
    "modulated": ("carrier", "modulator", "depth"),
    "composite": ("radial", "wave"),
}
STEP = 1e-20  # of the complex-step derivative, which loses no digits to a difference


def variance(
    family: str, parameters: _waves.Parameters, position: np.ndarray, index: np.ndarray, noise: float
) -> np.ndarray:
    """The least mean squared error (F,) of whole fields, in the data's unit squared.

    Args:
        family, parameters: of F fields, see `datasets._waves`.
        position: (P, 2), y and x of every point in [0, 1].
        index: (F, O), the observed points.
        noise: standard deviation of the observations' noise; 0 gives 0.

    Raises:
        UserError: unknown family.
    """
    jacobians = jacobian(family, parameters, position)
    return np.array([_field_variance(*field, noise) for field in zip(jacobians, index, strict=True)])


def of_task(dataset: Mapping[str, Any], problem: Problem) -> float | None:
    """The limit in dB for the mean squared error of a task's test fields; None without noise or a known family.

    Args:
        dataset: the configuration's entry of the data set; the parameters of a wave family's test fields are drawn again.
        problem: the task.

    Raises:
        UserError: unknown family.
    """
    if dataset["type"] != "wave_family" or problem.noise == 0:
        return None
    options = dataset["with"]
    family = options["family"]
    parameters = wave_family.parameters(family, len(problem.test), options.get("seed", 0), "test")
    index = problem.test_observations.index
    squared = variance(family, parameters, problem.position, index, problem.noise).mean()
    return float(psnr(squared, problem.peak))


def jacobian(family: str, parameters: _waves.Parameters, position: np.ndarray) -> np.ndarray:
    """The derivatives (F, T, P) of F fields in their T parameters; 0 in a parameter that a field does not have."""
    if family not in FREE:
        raise UserError(f"No limit is known for the `family` '{family}'; known: {', '.join(FREE)}.")
    derivatives = [
        _derivative(family, parameters, name, entry, position)
        for name in FREE[family]
        for entry in range(parameters[name][0].size)
    ]
    return np.stack(derivatives, axis=1)


def _derivative(
    family: str, parameters: _waves.Parameters, name: str, entry: int, position: np.ndarray
) -> np.ndarray:
    """The derivative (F, P) in one entry of the parameter `name`, by their order."""
    moved = parameters[name].astype(complex, order="C")  # so that a reshape is a view
    moved.reshape(len(moved), -1)[:, entry] += 1j * STEP
    fields = _waves.evaluate(family, parameters | {name: moved}, *position.T)
    present = parameters[name].reshape(len(moved), -1)[:, entry] != 0  # A wave of amplitude 0 is none.
    return fields.imag / STEP * present[:, None]


def _field_variance(derivatives: np.ndarray, observed: np.ndarray, noise: float) -> float:
    """The mean of diag(J C J^T) for J^T (T, P) and the observed points (O,)."""
    derivatives = derivatives[np.abs(derivatives).max(axis=1) > 0]
    information = derivatives[:, observed] @ derivatives[:, observed].T
    everywhere = derivatives @ derivatives.T / derivatives.shape[1]
    return float(noise**2 * np.linalg.solve(information, everywhere).trace())
