"""Schemes: which wavelengths and which formula each component of the field is inferred from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldbench.errors import UserError
from fieldbench.physics.profile import MeasuredLine, best_derivative, slope_bias

FORMULAS = {"b_los": ("wing",), "b_qu": ("wing", "core")}
LABELS = {"b_los": "B_los", "b_qu": "B_Q and B_U"}

# Past these distances the formulas lose about half of Q and U, and soon their sign: second-order expansion of
# Milne-Eddington lines with eta_0 from 3 to 8.
CORE_EDGE = 0.75  # half widths; the wing formula fails closer in
CORE_REACH = 0.35  # half widths; the core formula fails farther out
LARGEST_BIAS = 0.02  # of B_los by the derivative of a sampled line, without a warning
LARGEST_DISPLACEMENT = 0.25  # half widths, of the measured line's centre from offset 0


@dataclass(frozen=True)
class Selection:
    """What one entry of a scheme means on a wavelength grid.

    Attributes:
        formula: `wing` or `core`.
        indices: (n,), where it is used.
        derivative: of Stokes I, a key of `profile.DERIVATIVES`.
    """

    formula: str
    indices: np.ndarray
    derivative: str


def select(scheme: Mapping[str, Any], offsets: np.ndarray, measured: MeasuredLine) -> dict[str, Selection]:
    """The wavelengths and formulas of `b_los` and `b_qu`.

    Args:
        scheme: for each of `b_los` and `b_qu` a formula (`wing`, and for `b_qu` also `core`), and either
            `indices` or the limits `within` and `beyond`: distances from offset 0 in measured half widths; perhaps the
            `derivative` of Stokes I, else the one with the least bias on a line of this width.
        offsets: (W,) from the line's centre, Angstrom.
        measured: the line that the half width is taken from.

    Raises:
        UserError: a formula that the component does not have, an index outside the grid, or no wavelength.
    """
    return {key: _select(key, scheme[key], offsets, measured.half_width) for key in FORMULAS}


def _select(key: str, entry: Mapping[str, Any], offsets: np.ndarray, half_width: float) -> Selection:
    formula = entry.get("formula", "wing")
    if formula not in FORMULAS[key]:
        raise UserError(f"Scheme {key}: formula '{formula}' is not one of {', '.join(FORMULAS[key])}.")
    indices = _indices(key, entry, offsets, half_width)
    derivative = entry.get("derivative") or _derivative(formula, offsets, indices, half_width)
    return Selection(formula, indices, derivative)


def _derivative(formula: str, offsets: np.ndarray, indices: np.ndarray, half_width: float) -> str:
    """That with the least bias; the core formula has a second derivative of its own."""
    return best_derivative(offsets, indices, half_width) if formula == "wing" else "centred"


def _indices(key: str, entry: Mapping[str, Any], offsets: np.ndarray, half_width: float) -> np.ndarray:
    if "indices" in entry:
        return _listed(key, entry["indices"], offsets.size)
    distance = np.abs(offsets) / half_width
    chosen = (distance <= entry.get("within", np.inf)) & (distance >= entry.get("beyond", 0.0))
    if not chosen.any():
        raise UserError(
            f"Scheme {key}: no wavelength lies {_limits(entry)} half widths of the line's centre; one is "
            f"{half_width:.3g} Angstrom, and the wavelengths run from {offsets[0]:g} to {offsets[-1]:g}."
        )
    return np.flatnonzero(chosen)


def _listed(key: str, indices: Sequence[int], size: int) -> np.ndarray:
    if not indices or not all(0 <= index < size for index in indices):
        raise UserError(
            f"Scheme {key}: indices {list(indices)} must be numbers from 0 to {size - 1}, at least one."
        )
    return np.asarray(indices)


def _limits(entry: Mapping[str, Any]) -> str:
    return " and ".join(f"{limit} {entry[limit]:g}" for limit in ("within", "beyond") if limit in entry)


def describe(selections: Mapping[str, Selection], offsets: np.ndarray) -> str:
    """One line per component: its formula and its wavelengths."""
    return "\n".join(
        f"{LABELS[key]}: {chosen.formula} formula{_differentiated(chosen)} at {chosen.indices.size} of {offsets.size} "
        "wavelengths "
        f"({', '.join(f'{offset:+.3g}' for offset in offsets[chosen.indices])} Angstrom)"
        for key, chosen in selections.items()
    )


def _differentiated(chosen: Selection) -> str:
    return f" ({chosen.derivative} derivative)" if chosen.formula == "wing" else ""


def warnings(selections: Mapping[str, Selection], offsets: np.ndarray, measured: MeasuredLine) -> list[str]:
    """Sentences about a formula outside its range, a derivative that is biased, or a line that is not at offset 0."""
    chosen = selections["b_qu"]
    distance = np.abs(offsets[chosen.indices]) / measured.half_width
    wrong = distance < CORE_EDGE if chosen.formula == "wing" else distance > CORE_REACH
    found = []
    if wrong.any():
        limit = f"closer than {CORE_EDGE}" if chosen.formula == "wing" else f"farther than {CORE_REACH}"
        found.append(
            f"{LABELS['b_qu']} use the {chosen.formula} formula at {wrong.sum()} of {wrong.size} wavelengths "
            f"{limit} half widths from the line's centre (one is {measured.half_width:.3f} Angstrom), "
            "where it does not hold: do not trust transverse fields and azimuths."
        )
    los = selections["b_los"]
    bias = slope_bias(los.derivative, offsets, los.indices, measured.half_width)
    if abs(bias) > LARGEST_BIAS:
        found.append(
            f"{LABELS['b_los']} is expected to be {100 * bias:+.0f} % off: a line of half width {measured.half_width:.3f} "
            f"Angstrom is sampled too coarsely for its derivative ({los.derivative})."
        )
    if abs(measured.centre) > LARGEST_DISPLACEMENT * measured.half_width:
        found.append(
            f"The line's centre was measured at {measured.centre:+.3f} Angstrom instead of 0; "
            "check the wavelength calibration."
        )
    return found
