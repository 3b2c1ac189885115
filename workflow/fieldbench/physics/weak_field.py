"""The weak-field approximation: Stokes V, Q, U are linear in B_los, B_Q, B_U; the slopes come from Stokes I.

With C = -4.67e-13 lambda_0^2 (lambda_0 in Angstrom, fields in gauss):

    V = C g_eff B_los dI/dlambda
    Q = 3/4 C^2 G B_Q (dI/dlambda) / (lambda - lambda_0)    in the wings ("wing")
    Q = -1/4 C^2 G B_Q d^2I/dlambda^2                       at the line's centre ("core")

and U as Q, where B_Q = B_T^2 cos 2 phi and B_U = B_T^2 sin 2 phi. Each pixel's misfit is a parabola in each
component; `weak_field_problem` reduces the profiles to the parabolas' coefficients, all an inversion needs.

Source: Landi Degl'Innocenti & Landolfi 2004, section 9.6. The code behind both documents ("Benchmarks",
"Technical Report") uses the first two formulas.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from fieldbench.errors import UserError
from fieldbench.physics import rician
from fieldbench.physics.centre_of_gravity import line_of_sight_field
from fieldbench.physics.folds import count, sums
from fieldbench.physics.lines import Line, line
from fieldbench.physics.profile import DERIVATIVES, MeasuredLine, measure_line, second_derivative
from fieldbench.physics.scheme import Selection, describe, select, warnings

STOKES = {"b_los": "V", "b_q": "Q", "b_u": "U"}
SCHEME_KEY = {"b_los": "b_los", "b_q": "b_qu", "b_u": "b_qu"}
COMPONENTS = tuple(STOKES)

UNITS = {
    "curvature": "G-2 (b_los), G-4 (b_q, b_u)",
    "optimum": "G (b_los), G2 (b_q, b_u)",
    "floor": "1",
    "sigma": "G (b_los), G2 (b_q, b_u)",
    "noise_variance": "1",
    "splitting": "1",
}
SMALLEST_OFFSET = 0.035  # Angstrom; the original code counts 1 / (lambda - lambda_0) as 0 within it
STRIP = 100_000  # pixels whose profiles are fitted at a time
WHOLE_LINE = 3.0  # half widths on either side of the centre that hold the line and no neighbour
DETECTED = 3.0  # sigma of B_Q and B_U that a transverse field must exceed; noise does in 1 % of pixels


def transverse(b_q: ArrayLike, b_u: ArrayLike) -> Any:
    """B_T in G from B_Q and B_U in G^2."""
    return np.sqrt(np.hypot(b_q, b_u))


def azimuth(b_q: ArrayLike, b_u: ArrayLike) -> Any:
    """The field's azimuth in [0, 180) degrees; its 180-degree ambiguity stays."""
    return np.degrees(np.arctan2(b_u, b_q)) / 2 % 180


def response(
    intensity: np.ndarray,
    offsets: np.ndarray,
    of_line: Line,
    component: str,
    formula: str = "wing",
    derivative: str = "centred",
) -> np.ndarray:
    """Derivative of V, Q or U with respect to B_los, B_Q or B_U.

    Args:
        intensity: (..., W) Stokes I.
        offsets: (W,) from the line's centre, Angstrom.
        of_line: the line's wavelength and Landé factors.
        component: one of `COMPONENTS`.
        formula: `wing` or `core`, for B_Q and B_U; V has one formula only.
        derivative: of Stokes I, a key of `profile.DERIVATIVES`.

    Returns:
        (..., W), in the unit of `intensity` per G for B_los, per G^2 for B_Q and B_U.
    """
    constant = -of_line.shift_per_gauss
    if component == "b_los":
        return constant * of_line.effective_lande * DERIVATIVES[derivative](intensity, offsets)
    if formula == "core":
        return -0.25 * constant**2 * of_line.transverse_lande * second_derivative(intensity, offsets)
    far = np.abs(offsets) > SMALLEST_OFFSET
    inverse = np.divide(1.0, offsets, out=np.zeros(offsets.size), where=far)
    return (
        0.75 * constant**2 * of_line.transverse_lande * DERIVATIVES[derivative](intensity, offsets) * inverse
    )


def weak_field_problem(
    dataset: xr.Dataset, scheme: Mapping[str, Any], held_out: Mapping[str, Any], largest_splitting: float
) -> xr.Dataset:
    """Every pixel's misfit as a function of its field: curvature * (B - optimum)^2 + floor, per component.

    Args:
        dataset: `stokes_profiles` (y, x, stokes, wavelength) with offsets in Angstrom, `noise` (stokes),
            `usable` (y, x), and the attribute `line`. A Stokes parameter that was not measured is 0, its noise infinite.
        scheme: see `physics.scheme.select`.
        held_out: `fraction` of the usable pixels that no method trains on, and the `seed` that draws them.
        largest_splitting: Zeeman splitting of the pixel-wise field over the line's half width up to which the
            approximation counts as valid.

    Returns:
        `curvature`, `optimum`, `floor`, `sigma` (component, y, x); `training`, `held_out`, `splitting`,
        `valid` (y, x); `noise_variance`, `wavelengths_used` (component); sums over folds of the wavelengths (fold,
        component, y, x), see `physics.folds`. B_los is in G, B_Q and B_U in G^2,
        misfits in I_c^2. Where a pixel is not usable, all are 0 but `sigma`, which is NaN.

    Raises:
        UserError: no usable pixel, an unknown line, no line at offset 0, or a scheme that selects nothing.
    """
    seen = _observe(dataset)
    selections = _decided(select(scheme, seen.offsets, seen.measured), seen)
    folds = min(count(chosen.indices.size) for chosen in selections.values())
    problem = xr.Dataset(
        _parabolas(seen, selections, folds) | _about(seen, selections) | _split(seen.usable, **held_out),
        {"component": list(COMPONENTS), "y": dataset["y"], "x": dataset["x"]},
    )
    problem["splitting"] = _splitting(seen, problem["optimum"])
    problem["valid"] = (problem["splitting"] <= largest_splitting) & seen.usable
    for name, units in UNITS.items():
        problem[name].attrs["units"] = units
    return problem.assign_attrs(
        line=dataset.attrs["line"],
        line_half_width_angstrom=seen.measured.half_width,
        scheme=describe(selections, seen.offsets),
        warnings="\n".join(warnings(selections, seen.offsets, seen.measured)),
    )


def _decided(selections: Mapping[str, Selection], seen: "_Observation") -> dict[str, Selection]:
    """The selections, with the derivative that leaves less of Q and U unexplained where the scheme names none."""
    chosen = selections["b_qu"]
    if chosen.derivative or chosen.formula == "core":
        return {**selections}

    def unexplained(name: str) -> float:
        trial = replace(chosen, derivative=name)
        return sum(
            float(_fit(seen, component, trial, 0, rows)["floor"][seen.usable[rows]].sum())
            for component in ("b_q", "b_u")
            for rows in seen.strips()
        )

    return {**selections, "b_qu": replace(chosen, derivative=min(DERIVATIVES, key=unexplained))}


@dataclass(frozen=True)
class _Observation:
    """A dataset in plain arrays.

    Attributes:
        stokes: (y, x, W) by Stokes parameter, as the dataset has them.
        noise: by Stokes parameter.
        usable: (y, x).
    """

    line: Line
    offsets: np.ndarray
    stokes: dict[str, np.ndarray]
    noise: dict[str, float]
    usable: np.ndarray
    measured: MeasuredLine

    def strips(self) -> Iterator[slice]:
        """The rows of a map, some after some: a copy of the profiles of all would not fit beside those of a large map."""
        rows, columns = self.usable.shape
        for strip in np.array_split(np.arange(rows), min(rows, 1 + rows * columns // STRIP)):
            yield slice(strip[0], strip[-1] + 1)

    def profiles(self, name: str, where: slice | tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Profiles of one Stokes parameter at some rows or pixels, 0 where not usable."""
        return np.where(self.usable[where][..., None], self.stokes[name][where], 0.0)


def _observe(dataset: xr.Dataset) -> _Observation:
    values = dataset["stokes_profiles"].transpose("stokes", "y", "x", "wavelength")
    stokes = {str(name): values.sel(stokes=name).values for name in values["stokes"].values}
    finite = [np.isfinite(profiles).all(-1) for profiles in stokes.values()]
    usable = dataset["usable"].values.astype(bool) & np.all(finite, axis=0)
    if not usable.any():
        raise UserError("The dataset has no usable pixel: all are masked or not finite; check its mask.")
    offsets = dataset["wavelength"].values
    return _Observation(
        line=line(dataset.attrs["line"]),
        offsets=offsets,
        stokes=stokes,
        noise={name: float(dataset["noise"].sel(stokes=name)) for name in stokes},
        usable=usable,
        measured=measure_line(np.median(stokes["I"][usable], axis=0), offsets),
    )


Variables = dict[str, tuple[tuple[str, ...], np.ndarray | list[float]]]


def _parabolas(seen: _Observation, selections: Mapping[str, Selection], folds: int) -> Variables:
    """The coefficients of every component's misfit, ([fold], component, y, x)."""
    maps: dict[str, np.ndarray] = {}
    for rows in seen.strips():
        for index, name in enumerate(COMPONENTS):
            for key, values in _fit(seen, name, selections[SCHEME_KEY[name]], folds, rows).items():
                if key not in maps:
                    maps[key] = np.empty((len(COMPONENTS), *values.shape[:-2], *seen.usable.shape))
                maps[key][index, ..., rows, :] = values
    for name, curvature in zip(COMPONENTS, maps["curvature"], strict=True):
        if not (curvature > 0).any():
            formula = selections[SCHEME_KEY[name]].formula
            raise UserError(
                f"Scheme {SCHEME_KEY[name]}: the {formula} formula is 0 at its wavelengths; choose others."
            )
    dims = {3: ("component", "y", "x"), 4: ("component", "fold", "y", "x")}
    return {key: (dims[values.ndim], values) for key, values in maps.items()}


def _about(seen: _Observation, selections: Mapping[str, Selection]) -> Variables:
    """What holds for all pixels of a component."""
    noise = [seen.noise[STOKES[name]] for name in COMPONENTS]
    # What was not measured is 0 with infinite noise: it says nothing of B, and its misfit has the unit of V's.
    variance = [(level if np.isfinite(level) else seen.noise["V"]) ** 2 for level in noise]
    used = [selections[SCHEME_KEY[name]].indices.size for name in COMPONENTS]
    return {
        "noise_variance": (("component",), np.array(variance)),
        "wavelengths_used": (("component",), np.array(used)),
    }


def _fit(
    seen: _Observation, component: str, chosen: Selection, folds: int, rows: slice
) -> dict[str, np.ndarray]:
    """A linear least-squares fit with one unknown per pixel; maps ([fold], y, x)."""
    observed = seen.profiles(STOKES[component], rows)[..., chosen.indices]
    slope = response(
        seen.profiles("I", rows), seen.offsets, seen.line, component, chosen.formula, chosen.derivative
    )[..., chosen.indices]
    curvature = (slope**2).mean(axis=-1)
    divisor = np.where(curvature > 0, curvature, np.inf)
    optimum = (observed * slope).mean(axis=-1) / divisor
    floor = ((observed - slope * optimum[..., None]) ** 2).mean(axis=-1)
    noise = seen.noise[STOKES[component]]
    sigma = np.where(curvature > 0, noise / np.sqrt(chosen.indices.size * divisor), np.nan)
    maps = {"curvature": curvature, "optimum": optimum, "floor": floor, "sigma": sigma}
    return maps | sums(observed, slope, folds)


def _split(usable: np.ndarray, fraction: float, seed: int) -> Variables:
    """The `training` and `held_out` pixels, drawn over all usable ones; at least one trains."""
    pixels = np.flatnonzero(usable)
    count = min(round(fraction * pixels.size), pixels.size - 1)
    held_out = np.zeros(usable.shape, dtype=bool)
    held_out.flat[np.random.default_rng(seed).choice(pixels, count, replace=False)] = True
    return {"training": (("y", "x"), usable & ~held_out), "held_out": (("y", "x"), held_out)}


def _splitting(seen: _Observation, optimum: xr.DataArray) -> tuple[tuple[str, str], np.ndarray]:
    """Zeeman splitting of the inferred field over the line's half width.

    Where a line is split, the weak-field fit collapses to a small B_los and would hide the splitting; so the
    larger of the fit and of the centre-of-gravity estimate counts.
    """
    near = np.abs(seen.offsets) <= WHOLE_LINE * seen.measured.half_width
    gravity = np.concatenate([_gravity(seen, near, rows) for rows in seen.strips()])
    b_los, b_q, b_u = optimum.values
    strength = np.hypot(np.fmax(np.abs(b_los), np.abs(gravity)), transverse(b_q, b_u))
    shift = seen.line.effective_lande * seen.line.shift_per_gauss * strength
    return ("y", "x"), shift / seen.measured.half_width


def _gravity(seen: _Observation, near: np.ndarray, rows: slice) -> np.ndarray:
    """B_los by the centre of gravity of the line, (y, x) in G."""
    stokes_i, stokes_v = (seen.profiles(name, rows)[..., near] for name in "IV")
    return line_of_sight_field(stokes_i, stokes_v, seen.offsets[near], seen.line)


def stokes_fit(
    dataset: xr.Dataset, field: xr.DataArray, scheme: Mapping[str, Any], pixels: Sequence[tuple[int, int]]
) -> xr.DataArray:
    """The V, Q and U that a field predicts at some pixels, by the formulas and wavelengths of a scheme.

    Args:
        dataset, scheme: as for `weak_field_problem`.
        field: (component, y, x) in G, G^2, G^2.
        pixels: (row, column) of each pixel.

    Returns:
        (pixel, stokes, wavelength) with stokes V, Q, U; NaN at the wavelengths that the scheme does not use.

    Raises:
        UserError: as `weak_field_problem`.
    """
    seen = _observe(dataset)
    selections = _decided(select(scheme, seen.offsets, seen.measured), seen)
    rows, columns = np.asarray(pixels).T
    intensity = seen.profiles("I", (rows, columns))
    fit = np.full((len(pixels), len(STOKES), seen.offsets.size), np.nan)
    for index, component in enumerate(COMPONENTS):
        chosen = selections[SCHEME_KEY[component]]
        slope = response(intensity, seen.offsets, seen.line, component, chosen.formula, chosen.derivative)
        values = field.sel(component=component).values[rows, columns]
        fit[:, index, chosen.indices] = (slope * values[:, None])[:, chosen.indices]
    names = {"stokes": list(STOKES.values()), "wavelength": dataset["wavelength"].values}
    return xr.DataArray(fit, names, dims=("pixel", "stokes", "wavelength"))


def propagate(field: xr.DataArray, sigma: xr.DataArray) -> xr.Dataset:
    """B_los, B_T and azimuth of a field with their uncertainties: 68 % intervals, for normal errors of 1 sigma.

    Where noise rules, B_T is too large and its errors are not normal: B_T^2 is the length of the noisy vector (B_Q, B_U),
    see `physics.rician`.

    Args:
        field, sigma: (component, y, x) in G, G^2, G^2.

    Returns:
        `b_los`, `b_transverse` (G), `azimuth` (degree) and the same names with `_sigma`: that of the azimuth is half the
        width of its interval, that of B_T half of sqrt(B_T^2 +- sigma). `b_transverse_debiased`, 0 where noise alone is the
        likeliest cause; the interval `b_transverse_lower` to `b_transverse_upper`; `detected`, whether B_T^2 exceeds
        DETECTED sigma. Each (y, x).
    """
    b_los, b_q, b_u = (field.sel(component=name, drop=True) for name in COMPONENTS)
    sigma_los, sigma_q, sigma_u = (sigma.sel(component=name, drop=True) for name in COMPONENTS)
    phase = np.arctan2(b_u, b_q)
    squared = np.hypot(b_q, b_u)
    along = np.hypot(np.cos(phase) * sigma_q, np.sin(phase) * sigma_u)
    across = np.hypot(np.sin(phase) * sigma_q, np.cos(phase) * sigma_u)
    length = squared / along.where(along > 0)
    lower, upper = rician.interval(length)
    turn = rician.direction_half_width(squared / across.where(across > 0))
    maps = {
        "b_transverse": np.sqrt(squared),
        "b_transverse_sigma": (np.sqrt(squared + along) - np.sqrt((squared - along).clip(0))) / 2,
        "b_transverse_debiased": np.sqrt(along * rician.most_likely(length)),
        "b_transverse_lower": np.sqrt(along * lower),
        "b_transverse_upper": np.sqrt(along * upper),
        "azimuth": azimuth(b_q, b_u),
        "azimuth_sigma": b_u.copy(data=np.degrees(turn) / 2),
    }
    known = ~(np.isinf(sigma_q) | np.isinf(sigma_u))
    return xr.Dataset(
        {"b_los": b_los, "b_los_sigma": sigma_los, "detected": (length > DETECTED) & known}
        | {name: values.where(known) for name, values in maps.items()}
    )
