"""The spatially regularised weak-field approximation: neighbouring pixels are asked to agree.

For each component it minimises

    sum over training pixels of c_p / c (B_p - optimum_p)^2 + alpha * sum over neighbours of (B_p - B_q)^2

with c_p the pixel's curvature of the misfit, c their median, and each pixel's neighbours the four that share
a side. Pixels outside training take part without data. The minimum solves one sparse linear system.

Source: Morosin et al. 2020, whose weight alpha is here without unit and chosen by wavelengths left out in turns.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy import fft, sparse
from scipy.sparse import linalg

from fieldbench.inversion.tiles import depth
from fieldbench.physics import folds as folds_of

ALPHAS = tuple(10.0 ** (eighth / 8) for eighth in range(-40, 25))
STRIDE = 8  # of the first scan over the weights: a decade
TOLERANCE = 1e-8  # of the residual's norm over the right-hand side's
ROUGH = 1e-4  # the same while weights are compared
COMPARED = 400_000  # pixels on which weights are compared; a larger map has as many in blocks
BLOCK = 128  # pixels along a block, several times the distance over which the largest weights smooth
SEAM = 1e-5  # of a step in the field, what is left of it at a tile's own rows
WEAK = 0.1  # of the pixels see less of the field than those that the margin of a tile is made for
MOST_ITERATIONS = 500  # some fifty are usual; beyond these a direct solve takes over


@dataclass(frozen=True)
class Smoothness:
    """How much the neighbours of a component are asked to agree.

    Attributes:
        alpha: the weight.
        unit: the curvature that counts as 1.
        fits: by fold the field (y, x) that is smoothed so without it, where the choice has made them.
    """

    alpha: float
    unit: float
    fits: Sequence[np.ndarray] = ()


def invert(problem: xr.Dataset, alphas: Sequence[float] = ALPHAS) -> xr.Dataset:
    """The smoothed field; wavelengths left out in turns choose alpha for each component, at observed pixels.

    Args:
        problem: see `physics.weak_field.weak_field_problem`; its held-out pixels are not used.
        alphas: the smoothness weights to choose from; without folds the middle one is taken.

    Returns:
        `field` (component, y, x) in G, G^2, G^2; `left_out` (fold, component, y, x), the same without a fold's
        wavelengths; the attributes `alpha_<component>` say what was chosen.
    """
    return _smoothed(problem, {str(name): _chosen(part, alphas) for name, part in _components(problem)})


def shared(problem: xr.Dataset, alphas: Sequence[float] = ALPHAS) -> dict[str, Any]:
    """What tiles of a map need: its smoothness, chosen once, and the rows over which that is felt; see `inversion.tiles`."""
    training = problem["training"].values
    smoothness = {name: _chosen(part, alphas) for name, part in _components(problem)}
    felt = [
        _felt(part["curvature"].values[training] / smoothness[name].unit, smoothness[name].alpha)
        for name, part in _components(problem)
    ]
    chosen = {name: {"alpha": each.alpha, "unit": each.unit} for name, each in smoothness.items()}
    return {"margin": max(felt) + depth(training), "smoothness": chosen}


def _felt(weights: np.ndarray, alpha: float) -> int:
    """Pixels over which the field forgets what is beyond: among equal weights w it falls by exp(-k) from one to the next,
    where w = 4 alpha sinh(k / 2)^2.
    """
    weak = np.quantile(weights[weights > 0], WEAK)
    return int(np.ceil(-np.log(SEAM) / (2 * np.arcsinh(np.sqrt(weak / alpha) / 2))))


def part(problem: xr.Dataset, shared: Mapping[str, Any]) -> xr.Dataset:
    """The field of some rows, with the smoothness of the whole map."""
    return _smoothed(problem, {name: Smoothness(**each) for name, each in shared["smoothness"].items()})


def _components(problem: xr.Dataset) -> Iterator[tuple[str, xr.Dataset]]:
    for name in problem["component"].values:
        yield str(name), problem.sel(component=name)


def _smoothed(problem: xr.Dataset, chosen: Mapping[str, Smoothness]) -> xr.Dataset:
    training, turns = problem["training"].values, range(problem.sizes.get("fold", 0))
    field = problem["optimum"].copy(data=np.empty(problem["optimum"].shape))
    left_out = np.empty((len(turns), *field.shape))
    for index, (name, part) in enumerate(_components(problem)):
        weights = training, chosen[name].alpha, chosen[name].unit
        field[index] = smooth(part["curvature"].values, part["optimum"].values, *weights)
        for fold in turns:
            left_out[fold, index] = (
                chosen[name].fits[fold]
                if chosen[name].fits
                else smooth(
                    *_without(part, fold), training, chosen[name].alpha, chosen[name].unit, tolerance=ROUGH
                )
            )
    return xr.Dataset(
        {"field": field, "left_out": (("fold", *field.dims), left_out)},
        {"fold": np.arange(len(turns))},
        {f"alpha_{name}": each.alpha for name, each in chosen.items()},
    )


def _without(part: xr.Dataset, fold: int) -> tuple[np.ndarray, np.ndarray]:
    """Curvature and optimum (y, x) of one component without a fold's wavelengths."""
    left = folds_of.without(part, fold)
    return left["curvature"].values, left["optimum"].values


def _chosen(part: xr.Dataset, alphas: Sequence[float]) -> Smoothness:
    """The smoothness of one component, which is the same everywhere on its map."""
    training = part["training"].values
    unit, alphas = _unit(part["curvature"].values, training), sorted(alphas)
    if not part.sizes.get("fold", 0):
        return Smoothness(alphas[len(alphas) // 2], unit)
    blocks = _blocks(training)
    scan = _Scan([part.isel(y=rows, x=columns) for rows, columns in blocks], unit)
    alpha = scan.best(alphas)
    return Smoothness(alpha, unit, scan.fits(alpha) if len(blocks) == 1 else ())


def _blocks(training: np.ndarray) -> list[tuple[slice, slice]]:
    """The parts of a map on which weights are compared: all of it, or blocks drawn from all over a large one."""
    if training.size <= COMPARED:
        return [(slice(None), slice(None))]
    corners = itertools.product(*(range(0, length, BLOCK) for length in training.shape))
    blocks = [(slice(y, y + BLOCK), slice(x, x + BLOCK)) for y, x in corners]
    seen = [block for block in blocks if training[block].any()]
    number = min(len(seen), COMPARED // BLOCK**2)
    return [seen[index] for index in np.random.default_rng(0).choice(len(seen), number, replace=False)]


class _Scan:
    """The weights of one component, judged by each fold of wavelengths in turn.

    Args:
        blocks: the component's problem with the sums over folds, of one part of the map or of several.
        unit: of the weights, see `smooth`.
    """

    def __init__(self, blocks: Sequence[xr.Dataset], unit: float):
        turns = [(block, fold) for block in blocks for fold in range(block.sizes["fold"])]
        self.maps = [(*_without(block, fold), block["training"].values) for block, fold in turns]
        self.sums = [
            [block[name].values[fold] for name in ("fold_slopes", "fold_cross")] for block, fold in turns
        ]
        self.unit = unit
        self.known: dict[float, list[np.ndarray]] = {}

    def fits(self, alpha: float) -> list[np.ndarray]:
        """By block and fold the field (y, x) that is smoothed without it."""
        if alpha not in self.known:
            near = min(self.known, key=lambda other: abs(np.log(other / alpha)), default=None)
            starts = self.known[near] if near else [None] * len(self.maps)
            self.known[alpha] = [
                smooth(*maps, alpha, self.unit, start, ROUGH)
                for maps, start in zip(self.maps, starts, strict=True)
            ]
        return self.known[alpha]

    def misfit(self, alpha: float) -> float:
        """At the wavelengths left out of each, over observed pixels; but for a constant."""
        parts = zip(self.maps, self.sums, self.fits(alpha), strict=True)
        return float(
            sum(
                ((slopes * fit - 2 * cross) * fit)[training].sum()
                for (*_, training), (slopes, cross), fit in parts
            )
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
    target = (weight * optimum).ravel()
    start = None if start is None else start.ravel()
    limits = {"rtol": tolerance, "maxiter": MOST_ITERATIONS, "M": _preconditioner(weight, alpha)}
    solution, unfinished = linalg.cg(_operator(weight, alpha), target, start, **limits)
    if unfinished:
        solution = linalg.spsolve(_matrix(weight, alpha), target)
    return solution.reshape(weight.shape)


def _operator(weight: np.ndarray, alpha: float) -> linalg.LinearOperator:
    """`_matrix` without its entries, in the same order of additions: of a large map they would take most of the memory."""
    diagonal = weight + alpha * _neighbours(weight.shape)

    def apply(values: np.ndarray) -> np.ndarray:
        field, pulled = values.reshape(weight.shape), -alpha * values.reshape(weight.shape)
        found = np.zeros_like(field)
        found[1:] += pulled[:-1]
        found[:, 1:] += pulled[:, :-1]
        found += diagonal * field
        found[:, :-1] += pulled[:, 1:]
        found[:-1] += pulled[1:]
        return found.ravel()

    return linalg.LinearOperator((weight.size, weight.size), matvec=apply, dtype=float)


def _neighbours(shape: tuple[int, int]) -> np.ndarray:
    """(y, x): how many pixels share a side with each."""
    return np.add.outer(*(_path(length).diagonal() for length in shape))


def _matrix(weight: np.ndarray, alpha: float) -> sparse.csc_array:
    """What the flattened field is multiplied by in the linear system."""
    return sparse.csc_array(sparse.diags_array(weight.ravel()) + alpha * _laplacian(weight.shape))


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
