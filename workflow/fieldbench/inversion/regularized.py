"""The spatially regularised weak-field approximation: neighbouring pixels are asked to agree.

For each component it minimises

    sum over training pixels of c_p / c (B_p - optimum_p)^2 + alpha * sum over neighbours of (B_p - B_q)^2

with c_p the pixel's curvature of the misfit, c their median, and each pixel's neighbours the four that share
a side. Pixels outside training take part without data. The minimum solves one sparse linear system.

Source: Morosin et al. 2020, whose weight alpha is here without unit and chosen by wavelengths left out in turns.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy import fft, sparse
from scipy.sparse import linalg

from fieldbench.physics import folds as folds_of

ALPHAS = tuple(10.0 ** (eighth / 8) for eighth in range(-40, 25))
STRIDE = 8  # of the first scan over the weights: a decade
TOLERANCE = 1e-8  # of the residual's norm over the right-hand side's
ROUGH = 1e-4  # the same while weights are compared
MOST_ITERATIONS = 500  # some fifty are usual; beyond these a direct solve takes over


def invert(problem: xr.Dataset, alphas: Sequence[float] = ALPHAS) -> xr.Dataset:
    """The smoothed field; wavelengths left out in turns choose alpha for each component, at observed pixels.

    Args:
        problem: see `physics.weak_field.weak_field_problem`; its held-out pixels are not used.
        alphas: the smoothness weights to choose from; without folds the middle one is taken.

    Returns:
        `field` (component, y, x) in G, G^2, G^2; `left_out` (fold, component, y, x), the same without a fold's
        wavelengths; the attributes `alpha_<component>` say what was chosen.
    """
    training = problem["training"].values
    folds = range(problem.sizes.get("fold", 0))
    left = [folds_of.without(problem, fold) for fold in folds]
    fields, fields_without, chosen = [], [], {}
    for component in problem["component"].values:
        whole = problem.sel(component=component)
        unit = _unit(whole["curvature"].values, training)
        scan = _Scan([part.sel(component=component) for part in left], training, unit, whole)
        alpha = scan.best(sorted(alphas)) if left else sorted(alphas)[len(alphas) // 2]
        fields.append(smooth(whole["curvature"].values, whole["optimum"].values, training, alpha, unit))
        fields_without.append(scan.fits(alpha))
        chosen[f"alpha_{component}"] = alpha
    field = problem["optimum"].copy(data=np.stack(fields))
    shape = (len(folds), *field.shape)
    without = np.reshape(np.swapaxes(fields_without, 0, 1) if left else [], shape)
    return xr.Dataset(
        {"field": field, "left_out": (("fold", *field.dims), without)}, {"fold": np.arange(len(left))}, chosen
    )


class _Scan:
    """The weights of one component, judged by each fold of wavelengths in turn.

    Args:
        left: by fold the problem without it.
        training: (y, x), the pixels that have data.
        unit: of the weights, see `smooth`.
        whole: the component's whole problem, with the sums over folds.
    """

    def __init__(self, left: Sequence[xr.Dataset], training: np.ndarray, unit: float, whole: xr.Dataset):
        self.maps = [(part["curvature"].values, part["optimum"].values) for part in left]
        self.training, self.unit = training, unit
        self.sums = [whole[name].values for name in ("fold_slopes", "fold_cross")] if left else [[], []]
        self.known: dict[float, list[np.ndarray]] = {}

    def fits(self, alpha: float) -> list[np.ndarray]:
        """By fold the field (y, x) that is smoothed without it."""
        if alpha not in self.known:
            near = min(self.known, key=lambda other: abs(np.log(other / alpha)), default=None)
            starts = self.known[near] if near else [None] * len(self.maps)
            self.known[alpha] = [
                smooth(*maps, self.training, alpha, self.unit, start, ROUGH)
                for maps, start in zip(self.maps, starts, strict=True)
            ]
        return self.known[alpha]

    def misfit(self, alpha: float) -> float:
        """At the wavelengths left out of each, over observed pixels; but for a constant."""
        parts = zip(*self.sums, self.fits(alpha), strict=True)
        return float(
            sum(((slopes * fit - 2 * cross) * fit)[self.training].sum() for slopes, cross, fit in parts)
        )

    def best(self, alphas: Sequence[float]) -> float:
        """The weight of least misfit: from a coarse scan, finer and finer about the best."""
        stride, asked = STRIDE, list(range(len(alphas) - 1, -1, -STRIDE))
        while True:
            best = min(asked, key=lambda index: self.misfit(alphas[index]))
            if stride == 1:
                return alphas[best]
            stride //= 2
            asked = [index for index in (best - stride, best, best + stride) if 0 <= index < len(alphas)]


def _unit(curvature: np.ndarray, training: np.ndarray) -> float:
    """The median curvature of the pixels that have data."""
    return float(np.median(curvature[training & (curvature > 0)]))


def smooth(
    curvature: np.ndarray,
    optimum: np.ndarray,
    observed: np.ndarray,
    alpha: float,
    unit: float | None = None,
    start: np.ndarray | None = None,
    tolerance: float = TOLERANCE,
) -> np.ndarray:
    """The minimum for one component and a positive `alpha`, by preconditioned conjugate gradients.

    Args:
        curvature, optimum: (y, x).
        observed: (y, x), the pixels that have data; at least one, with positive curvature.
        alpha: smoothness weight.
        unit: the curvature that counts as 1; the observed pixels' median where left out.
        start: (y, x), a first guess.
        tolerance: of the residual's norm over the right-hand side's.

    Returns:
        (y, x) in the unit of `optimum`.
    """
    weight = np.where(observed, curvature, 0.0) / (unit or _unit(curvature, observed))
    matrix = sparse.diags_array(weight.ravel()) + alpha * _laplacian(weight.shape)
    target = (weight * optimum).ravel()
    start = None if start is None else start.ravel()
    limits = {"rtol": tolerance, "maxiter": MOST_ITERATIONS, "M": _preconditioner(weight, alpha)}
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
