"""A constant and a few plane waves fitted to scattered values: compiled Levenberg-Marquardt.

The parameters are theta = (constant, then for each wave cosine, sine, ky, kx), and the model at (y, x), whose
origin is the middle of the field so that phase and wave vector hardly mix, is

    constant + sum over waves of cosine cos(ky y + kx x) + sine sin(ky y + kx x).

A priori the constant and the amplitudes hypot(cosine, sine) are normal, and the phases uniform.
"""

from typing import NamedTuple

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True)
MOST_STEPS = 40
ENOUGH = 1e-4  # nats of improvement below which the fit has converged


class Normals(NamedTuple):
    """Mean and standard deviation of the constant and of a wave's amplitude, in the data's unit, and of wave vectors.

    `vector_spread`, in radians per unit of position, bounds the uncertainty of a wave vector; it does not attract.
    """

    constant: float
    constant_spread: float
    amplitude: float
    amplitude_spread: float
    vector_spread: float


@compiled
def evaluate(theta, y, x):
    """The model (O,) and its Jacobian (O, T) at points (O,) for `theta` (T,)."""
    value = np.full(y.size, theta[0])
    jacobian = np.ones((y.size, theta.size))
    for j in range(1, theta.size, 4):
        cosine, sine, ky, kx = theta[j], theta[j + 1], theta[j + 2], theta[j + 3]
        for n in range(y.size):
            phase = ky * y[n] + kx * x[n]
            c, s = np.cos(phase), np.sin(phase)
            slope = sine * c - cosine * s
            value[n] += cosine * c + sine * s
            jacobian[n, j], jacobian[n, j + 1] = c, s
            jacobian[n, j + 2], jacobian[n, j + 3] = slope * y[n], slope * x[n]
    return value, jacobian


@compiled
def _misfit(theta, residual, variance, normals):
    """The negative log density of data and amplitudes in nats, but for constants."""
    misfit = (residual @ residual) / variance
    misfit += ((theta[0] - normals.constant) / normals.constant_spread) ** 2
    for j in range(1, theta.size, 4):
        amplitude = np.hypot(theta[j], theta[j + 1])
        misfit += ((amplitude - normals.amplitude) / normals.amplitude_spread) ** 2
    return misfit / 2


@compiled
def _normal_equations(theta, residual, jacobian, variance, normals):
    """The descent direction (T,) and the Gauss-Newton Hessian (T, T) of `_misfit`."""
    descent = jacobian.T @ residual / variance
    hessian = jacobian.T @ jacobian / variance
    descent[0] -= (theta[0] - normals.constant) / normals.constant_spread**2
    hessian[0, 0] += 1 / normals.constant_spread**2
    power = normals.amplitude**2 + normals.amplitude_spread**2
    for j in range(1, theta.size, 4):
        # Curvature alone, without a pull: it bounds what the data leave open.
        for i in range(2):
            hessian[j + i, j + i] += 1 / power
            hessian[j + 2 + i, j + 2 + i] += 1 / normals.vector_spread**2
        amplitude = max(np.hypot(theta[j], theta[j + 1]), 1e-12)
        unit = theta[j : j + 2] / amplitude
        descent[j : j + 2] -= (amplitude - normals.amplitude) / normals.amplitude_spread**2 * unit
        hessian[j : j + 2, j : j + 2] += np.outer(unit, unit) / normals.amplitude_spread**2
    return descent, hessian


@compiled
def fit(theta, y, x, values, variance, normals):
    """The nearest minimum of the misfit from `theta` (T,), which is not changed.

    Args:
        theta: a first guess.
        y, x, values: (O,).
        variance: of a value about the model.
        normals: `Normals`.

    Returns:
        theta (T,), the misfit there in nats, and its Hessian (T, T).
    """
    value, jacobian = evaluate(theta, y, x)
    residual = values - value
    misfit = _misfit(theta, residual, variance, normals)
    damping = 1e-2
    descent, hessian = _normal_equations(theta, residual, jacobian, variance, normals)
    for _ in range(MOST_STEPS):
        damped = hessian + damping * np.diag(np.diag(hessian) + 1e-9)
        candidate = theta + np.linalg.solve(damped, descent)
        value, jacobian = evaluate(candidate, y, x)
        residual = values - value
        new = _misfit(candidate, residual, variance, normals)
        if new < misfit:
            gained, misfit, theta = misfit - new, new, candidate
            descent, hessian = _normal_equations(theta, residual, jacobian, variance, normals)
            damping *= 0.2
            if gained < ENOUGH:
                break
        else:
            damping *= 8
            if damping > 1e8:
                break
    return theta, misfit, hessian
