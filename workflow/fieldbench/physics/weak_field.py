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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from fieldbench.errors import UserError
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
LARGEST_AZIMUTH_SIGMA = 180 / np.sqrt(12)  # degree; the deviation of an azimuth about which nothing is known


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
    parts = [_parabola(seen, name, selections[SCHEME_KEY[name]], folds) for name in COMPONENTS]
    names = {"component": list(COMPONENTS), "y": dataset["y"], "x": dataset["x"]}
    problem = xr.concat(parts, dim="component").assign_coords(names).assign(_split(seen.usable, **held_out))
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
        parts = (
            _parabola(seen, component, replace(chosen, derivative=name), 0) for component in ("b_q", "b_u")
        )
        return sum(float(part["floor"].values[seen.usable].sum()) for part in parts)

    return {**selections, "b_qu": replace(chosen, derivative=min(DERIVATIVES, key=unexplained))}


@dataclass(frozen=True)
class _Observation:
    """A dataset in plain arrays: `profiles` (y, x, W) by Stokes parameter, 0 where not usable."""

    line: Line
    offsets: np.ndarray
    profiles: dict[str, np.ndarray]
    noise: dict[str, float]
    usable: np.ndarray
    measured: MeasuredLine


def _observe(dataset: xr.Dataset) -> _Observation:
    values = dataset["stokes_profiles"].transpose("stokes", "y", "x", "wavelength")
    usable = dataset["usable"].values.astype(bool) & np.isfinite(values.values).all(axis=(0, -1))
    if not usable.any():
        raise UserError("The dataset has no usable pixel: all are masked or not finite; check its mask.")
    offsets = dataset["wavelength"].values
    profiles = {
        str(name): np.where(usable[..., None], values.sel(stokes=name).values, 0.0)
        for name in values["stokes"].values
    }
    return _Observation(
        line=line(dataset.attrs["line"]),
        offsets=offsets,
        profiles=profiles,
        noise={name: float(dataset["noise"].sel(stokes=name)) for name in profiles},
        usable=usable,
        measured=measure_line(np.median(profiles["I"][usable], axis=0), offsets),
    )


def _parabola(seen: _Observation, component: str, chosen: Selection, folds: int) -> xr.Dataset:
    """The coefficients of one component's misfit, by strips of rows: few profiles of a large map are held at a time."""
    rows, columns = seen.usable.shape
    strips = np.array_split(np.arange(rows), min(rows, 1 + rows * columns // STRIP))
    found = xr.concat([_fit(seen, component, chosen, folds, slice(s[0], s[-1] + 1)) for s in strips], dim="y")
    if not (found["curvature"] > 0).any():
        key = SCHEME_KEY[component]
        raise UserError(f"Scheme {key}: the {chosen.formula} formula is 0 at its wavelengths; choose others.")
    noise = seen.noise[STOKES[component]]
    # What was not measured is 0 with infinite noise: it says nothing of B, and its misfit has the unit of V's.
    variance = (noise if np.isfinite(noise) else seen.noise["V"]) ** 2
    return found.assign(noise_variance=variance, wavelengths_used=chosen.indices.size)


def _fit(seen: _Observation, component: str, chosen: Selection, folds: int, rows: slice) -> xr.Dataset:
    """A linear least-squares fit with one unknown per pixel."""
    observed = seen.profiles[STOKES[component]][rows][..., chosen.indices]
    slope = response(
        seen.profiles["I"][rows], seen.offsets, seen.line, component, chosen.formula, chosen.derivative
    )[..., chosen.indices]
    curvature = (slope**2).mean(axis=-1)
    divisor = np.where(curvature > 0, curvature, np.inf)
    optimum = (observed * slope).mean(axis=-1) / divisor
    floor = ((observed - slope * optimum[..., None]) ** 2).mean(axis=-1)
    noise = seen.noise[STOKES[component]]
    sigma = np.where(curvature > 0, noise / np.sqrt(chosen.indices.size * divisor), np.nan)
    maps = {"curvature": curvature, "optimum": optimum, "floor": floor, "sigma": sigma}
    return xr.Dataset(
        {name: (("y", "x"), values) for name, values in maps.items()}
        | {name: (("fold", "y", "x"), values) for name, values in sums(observed, slope, folds).items()}
    )


def _split(usable: np.ndarray, fraction: float, seed: int) -> dict[str, tuple[tuple[str, str], np.ndarray]]:
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
    stokes_i, stokes_v = (seen.profiles[name][..., near] for name in "IV")
    gravity = line_of_sight_field(stokes_i, stokes_v, seen.offsets[near], seen.line)
    b_los, b_q, b_u = optimum.values
    strength = np.hypot(np.fmax(np.abs(b_los), np.abs(gravity)), transverse(b_q, b_u))
    shift = seen.line.effective_lande * seen.line.shift_per_gauss * strength
    return ("y", "x"), shift / seen.measured.half_width


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
    intensity = seen.profiles["I"][rows, columns]
    fit = np.full((len(pixels), len(STOKES), seen.offsets.size), np.nan)
    for index, component in enumerate(COMPONENTS):
        chosen = selections[SCHEME_KEY[component]]
        slope = response(intensity, seen.offsets, seen.line, component, chosen.formula, chosen.derivative)
        values = field.sel(component=component).values[rows, columns]
        fit[:, index, chosen.indices] = (slope * values[:, None])[:, chosen.indices]
    names = {"stokes": list(STOKES.values()), "wavelength": dataset["wavelength"].values}
    return xr.DataArray(fit, names, dims=("pixel", "stokes", "wavelength"))


def propagate(field: xr.DataArray, sigma: xr.DataArray) -> xr.Dataset:
    """B_los, B_T and azimuth of a field with their 1-sigma uncertainties.

    Propagation is linear but for two limits: the uncertainty of B_T is half the width of sqrt(B_T^2 -+ sigma)
    and so finite at B_T = 0; that of the azimuth never exceeds the deviation of a random azimuth.

    Args:
        field, sigma: (component, y, x) in G, G^2, G^2.

    Returns:
        `b_los`, `b_transverse` (G), `azimuth` (degree) and the same names with `_sigma`, each (y, x).
    """
    b_los, b_q, b_u = (field.sel(component=name, drop=True) for name in COMPONENTS)
    sigma_los, sigma_q, sigma_u = (sigma.sel(component=name, drop=True) for name in COMPONENTS)
    phase = np.arctan2(b_u, b_q)
    squared = np.hypot(b_q, b_u)
    along = np.hypot(np.cos(phase) * sigma_q, np.sin(phase) * sigma_u)
    across = np.hypot(np.sin(phase) * sigma_q, np.cos(phase) * sigma_u)
    turn = np.degrees(across / (2 * squared.clip(min=1.0)))  # a field below 1 G has no azimuth
    known = ~(np.isinf(sigma_q) | np.isinf(sigma_u))
    return xr.Dataset(
        {
            "b_los": b_los,
            "b_los_sigma": sigma_los,
            "b_transverse": transverse(b_q, b_u).where(known),
            "b_transverse_sigma": ((np.sqrt(squared + along) - np.sqrt((squared - along).clip(0))) / 2).where(
                known
            ),
            "azimuth": azimuth(b_q, b_u).where(known),
            "azimuth_sigma": turn.clip(max=LARGEST_AZIMUTH_SIGMA).where(known),
        }
    )
