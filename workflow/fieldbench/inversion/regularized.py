"""The spatially regularised weak-field approximation: neighbouring pixels are asked to agree.

For each component it minimises

    sum over training pixels of c_p / c (B_p - optimum_p)^2 + alpha * sum over neighbours of (B_p - B_q)^2

with c_p the pixel's curvature of the misfit, c their median, and each pixel's neighbours the four that share
a side. Pixels outside training take part without data. The minimum solves one sparse linear system.

Source: Morosin et al. 2020, whose weight alpha is here without unit and chosen by pixels left out.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy import fft, sparse
from scipy.sparse import linalg

ALPHAS = tuple(10.0 ** (half / 2) for half in range(-10, 7))
TOLERANCE = 1e-8  # of the residual's norm over the right-hand side's
MOST_ITERATIONS = 500  # some fifty are usual; beyond these a direct solve takes over


def invert(
    problem: xr.Dataset, alphas: Sequence[float] = ALPHAS, left_out: float = 0.1, seed: int = 0
) -> xr.Dataset:
    """The smoothed field; training pixels left out of a first round of fits choose alpha for each component.

    Args:
        problem: see `physics.weak_field.weak_field_problem`; its held-out pixels are not used.
        alphas: the smoothness weights to choose from.
        left_out: share of the training pixels that judge them.
        seed: draws those pixels.

    Returns:
        `field` (component, y, x) in G, G^2, G^2; the attributes `alpha_<component>` say what was chosen.
    """
    training = problem["training"].values
    judges = training & (np.random.default_rng(seed).random(training.shape) < left_out)
    fields, chosen = [], {}
    for component in problem["component"].values:
        curvature = problem["curvature"].sel(component=component).values
        optimum = problem["optimum"].sel(component=component).values
        alpha = choose_alpha(curvature, optimum, training, judges, alphas)
        fields.append(smooth(curvature, optimum, training, alpha))
        chosen[f"alpha_{component}"] = alpha
    return xr.Dataset({"field": problem["optimum"].copy(data=np.stack(fields))}, attrs=chosen)


def choose_alpha(
    curvature: np.ndarray,
    optimum: np.ndarray,
    training: np.ndarray,
    judges: np.ndarray,
    alphas: Sequence[float],
) -> float:
    """The alpha whose fit to `training` without `judges` has the least misfit at `judges`; maps (y, x)."""
    misfits, start = {}, None
    for alpha in sorted(alphas, reverse=True):
        start = smooth(curvature, optimum, training & ~judges, alpha, start)
        misfits[alpha] = float((curvature * (start - optimum) ** 2)[judges].sum())
    return min(misfits, key=misfits.__getitem__)


def smooth(
    curvature: np.ndarray,
    optimum: np.ndarray,
    observed: np.ndarray,
    alpha: float,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """The minimum for one component and a positive `alpha`, by preconditioned conjugate gradients.

    Args:
        curvature, optimum: (y, x).
        observed: (y, x), the pixels that have data; at least one, with positive curvature.
        alpha: smoothness weight.
        start: (y, x), a first guess.

    Returns:
        (y, x) in the unit of `optimum`.
    """
    weight = np.where(observed, curvature, 0.0)
    weight = weight / np.median(weight[weight > 0])
    matrix = sparse.diags_array(weight.ravel()) + alpha * _laplacian(weight.shape)
    target = (weight * optimum).ravel()
    start = None if start is None else start.ravel()
    limits = {"rtol": TOLERANCE, "maxiter": MOST_ITERATIONS, "M": _preconditioner(weight, alpha)}
    solution, unfinished = linalg.cg(matrix, target, start, **limits)
    if unfinished:
        solution = linalg.spsolve(sparse.csc_array(matrix), target)
    return solution.reshape(weight.shape)


def _laplacian(shape: tuple[int, int]) -> sparse.csr_array:
    """The matrix of sum over neighbours of (B_p - B_q)^2, over the flattened map."""
    rows, columns = (_path(length) for length in shape)
    return sparse.csr_array(sparse.kronsum(columns, rows))


def _path(length: int) -> sparse.dia_array:
    """The graph Laplacian of `length` pixels in a row."""
    degree = np.full(length, 2.0)
    degree[0] -= 1
    degree[-1] -= 1
    links = -np.ones(length - 1)
    return sparse.diags_array([links, degree, links], offsets=[-1, 0, 1])


def _preconditioner(weight: np.ndarray, alpha: float) -> linalg.LinearOperator:
    """The inverse for a uniform mean weight, where a cosine transform is exact, between two diagonal
    scalings.

    The scalings take over where alpha is small and the weights rule, the transform where the smoothness
    rules.
    """
    mean = weight.mean()
    frequencies = (2 - 2 * np.cos(np.pi * np.arange(length) / length) for length in weight.shape)
    symbol = mean + alpha * np.add.outer(*frequencies)
    scale = np.sqrt((mean + 4 * alpha) / (weight + 4 * alpha))

    def apply(residual: np.ndarray) -> np.ndarray:
        scaled = scale * residual.reshape(weight.shape)
        return (scale * fft.idctn(fft.dctn(scaled) / symbol)).ravel()

    return linalg.LinearOperator((weight.size, weight.size), matvec=apply, dtype=float)
