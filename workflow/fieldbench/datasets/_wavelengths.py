"""Wavelengths in any unit, order and medium: distances from a line's centre, increasing, Angstrom."""

from collections.abc import Sequence

import numpy as np

from fieldbench.errors import UserError
from fieldbench.physics import lines
from fieldbench.physics.milne_eddington import LIGHT_SPEED

ANGSTROMS = {"Angstrom": 1.0, "mAngstrom": 1e-3, "pm": 0.01, "nm": 10.0, "um": 1e4, "m": 1e10}
VELOCITIES = {"km/s": 1.0, "m/s": 1e-3}  # km/s
SPELLINGS = {  # other ways that people and files write them, in lower case
    "Angstrom": ("å", "a", "aa", "angstroms", "ångström", "ang"),
    "mAngstrom": ("ma", "må", "maa", "milliangstrom", "mangstroms"),
    "pm": ("picometer", "picometre"),
    "nm": ("nanometer", "nanometre", "nanometers"),
    "um": ("µm", "μm", "micron", "microns", "micrometer", "micrometre"),
    "m": ("meter", "metre"),
    "km/s": ("km s-1", "km s^-1", "km s**-1"),
    "m/s": ("m s-1", "m s^-1", "m s**-1"),
}
UNITS = {spelling: unit for unit, others in SPELLINGS.items() for spelling in (unit.lower(), *others)}


ABSOLUTE = 1000.0  # Angstrom; larger values are no distances from a line


def vacuum(wavelength: float) -> float:
    """The wavelength in vacuum of a line at `wavelength` in standard air, Angstrom (Morton 2000, ApJS 130, 403)."""
    squared = (1e4 / wavelength) ** 2
    index = 1 + 8.34254e-5 + 2.406147e-2 / (130 - squared) + 1.5998e-4 / (38.9 - squared)
    return wavelength * index


def angstroms(unit: str, centre: float) -> float | None:
    """How many Angstrom one `unit` is, of distances from a line at `centre`; None for an unknown unit."""
    unit = UNITS.get(unit.strip().lower(), "")
    if unit in VELOCITIES:
        return centre * VELOCITIES[unit] / LIGHT_SPEED
    return ANGSTROMS.get(unit)


def line_offsets(
    wavelengths: Sequence[float] | np.ndarray,
    *,
    unit: str | None,
    line: str,
    count: int,
    name: str,
    medium: str = "air",
) -> tuple[np.ndarray, np.ndarray]:
    """Distances from the line's centre in Angstrom, increasing, and where each stands in the file; both (W,).

    Values above 1000 Angstrom are taken as absolute.

    Args:
        wavelengths: (W,), in `unit`, in any order.
        unit: one of `UNITS`; None where neither the file nor the configuration gives one.
        line: key of `physics.lines`.
        count: length of the cube's wavelength axis.
        name: of the data, for messages.
        medium: of absolute wavelengths, air or vacuum.

    Raises:
        UserError: line or unit unknown, wrong number, two alike, or the line's centre not among them.
    """
    centre = lines.line(line).wavelength
    factor = angstroms(unit or "", centre)
    if factor is None:
        raise UserError(
            f"The unit of the wavelengths of {name} is {unit or 'missing'}; "
            f"set `wavelength_unit` to one of {', '.join(SPELLINGS)}."
        )
    values = numbers(wavelengths, "wavelengths", name) * factor
    if values.shape != (count,) or count < 3:
        raise UserError(
            f"{name} has {count} points along its wavelength axis but {values.size} wavelengths are given; "
            "the numbers must agree, and be at least 3: correct `axes` or `wavelengths`."
        )
    order = np.argsort(values)
    values = values[order]
    if not (np.diff(values) > 0).all():
        raise UserError(f"Two wavelengths of {name} are equal, or one is no number; correct `wavelengths`.")
    if values[0] > ABSOLUTE:
        values = values - (vacuum(centre) if medium == "vacuum" else centre)
    if not values[0] < 0 < values[-1]:
        raise UserError(
            f"The wavelengths of {name} lie {values[0]:.3f} to {values[-1]:.3f} Angstrom from the centre of {line}, "
            f"which is not among them; {_remedy(values, centre, medium)}."
        )
    return values, order


def unproven(wavelengths: Sequence[float] | np.ndarray, unit: str | None, line: str) -> list[str]:
    """That nothing shows which line it is, of wavelengths from a line's centre: profiles of all lines look alike."""
    factor = angstroms(unit or "", lines.line(line).wavelength)
    if factor is None or np.nanmax(np.abs(np.asarray(wavelengths, dtype=float))) * factor > ABSOLUTE:
        return []
    return [
        f"That the line is {lines.line(line).name} is known from `line` alone: the wavelengths are counted from its centre, "
        "and a wrong line changes B_los by the ratio of g times wavelength squared, with no other sign."
    ]


def _remedy(offsets: np.ndarray, centre: float, medium: str) -> str:
    shift = vacuum(centre) - centre
    other, shift = ("air", -shift) if medium == "vacuum" else ("vacuum", shift)
    if offsets[0] < shift < offsets[-1]:
        return f"they are probably wavelengths in {other}: set `medium: {other}`"
    return "correct `line`, `wavelengths` or `wavelength_unit`"


def numbers(values: float | Sequence[float] | np.ndarray, key: str, name: str) -> np.ndarray:
    """`values` as a vector.

    Raises:
        UserError: one of them is not a number.
    """
    try:
        return np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError) as error:
        raise UserError(f"`{key}` of {name} is {values!r}; it must be numbers.") from error
