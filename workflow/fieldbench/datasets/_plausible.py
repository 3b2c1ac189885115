"""Whether a cube can be what it is said to be: width and place of the line, parity of Q, U and V, size of the field.

A wrong unit, order of the Stokes parameters or line changes the field silently by a factor; what no Sun can show is
refused, what is unusual is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fieldbench.datasets._cube import STOKES
from fieldbench.datasets._noise import robust_sigma
from fieldbench.datasets._wavelengths import SPELLINGS, angstroms, vacuum
from fieldbench.errors import UserError
from fieldbench.physics.lines import Line
from fieldbench.physics.milne_eddington import LIGHT_SPEED
from fieldbench.physics.profile import MeasuredLine, measure_line
from fieldbench.physics.weak_field import response

POSSIBLE_WIDTHS = (
    1.0,
    40.0,
)  # km/s, half width at half depth: from iron without turbulence to chromospheric flares
USUAL_WIDTHS = (1.6, 18.0)  # km/s, from resolved lines of iron to Ca II 8542
FASTEST = (
    10.0  # km/s, of the mean line: rotation, the orbit of a satellite, gravity and convection add up to 7
)
STRONGEST = 10_000.0  # G; the strongest field reported from a sunspot is 8.3 kG
CERTAIN = 8.0  # standard deviations from which on parities count
PARITY = (
    0.3  # correlation of one wing with the other, from which on a profile is symmetric (or antisymmetric)
)
SMALLEST_POLARISATION = (
    1e-5  # of Stokes I, which no instrument measures; where I is counts, a sign of fractions
)
COUNTS = 300.0  # Stokes I from which on it is in counts, not relative to a continuum
USUAL_BRIGHTNESS = (0.05, 5.0)  # of the continuum of the quiet Sun, from umbrae to flares
DISPLACED = 0.25  # half widths
MANY = 0.05  # of the pixels
MOST_PIXELS = 200_000  # that are looked at: enough for every quantile here
QUIET = 0.2  # of the pixels
ENOUGH = 100  # pixels to tell deviations from
LEAST_FALL = 1.25  # of Stokes I from outside the line to its core, for noise to tell fractions
LIKE_FRACTIONS = 0.15  # natural logarithm; real maps without fractions come to 0.2 and more


@dataclass(frozen=True)
class Profiles:
    """The profiles of a cube, relative to the continuum.

    Attributes:
        maps: Stokes I, Q, U, V, (y, x, 4, W); NaN where a pixel is not usable.
        offsets: (W,) Angstrom.
        line: that they are said to be of.
        noise: (4,); infinite where a parameter was not measured.
        name: of the data, for messages.
    """

    maps: np.ndarray
    offsets: np.ndarray
    line: Line
    noise: np.ndarray
    name: str

    @cached_property
    def stokes(self) -> np.ndarray:
        """Usable pixels, (pixel, 4, W): all of them, or some of every part of a large map."""
        usable = np.flatnonzero(np.isfinite(self.maps[:, :, 0, 0]))
        some = usable[:: 1 + usable.size // MOST_PIXELS]
        return self.maps.reshape(-1, *self.maps.shape[2:])[some]


def findings(profiles: Profiles, *, unit: str, level: float, fractional: bool, ordered: bool) -> list[str]:
    """What is unusual, a sentence each.

    Args:
        profiles: what is judged.
        unit: that the wavelengths were read in.
        level: that the profiles were divided by.
        fractional: whether Q, U and V were given as fractions of Stokes I.
        ordered: whether the file or its owner says in which order the Stokes parameters are.

    Raises:
        UserError: something is impossible; the message says which key probably is to be corrected.
    """
    intensity = profiles.stokes[:, 0]
    try:
        seen = measure_line(np.median(intensity, axis=0), profiles.offsets)
    except UserError as error:
        raise UserError(f"{profiles.name}: {error}") from error
    brightness = list(_brightness(profiles, level))
    _require_place(profiles, seen)
    said = [*brightness, *_width(profiles, seen, unit), *_parity(profiles, seen, ordered)]
    _require_strength(profiles)
    return [
        *said,
        *_displacements(profiles, seen),
        *([] if fractional else _fractions(profiles, seen)),
    ]


def _brightness(profiles: Profiles, level: float) -> Iterator[str]:
    """Stokes I beside the line, which should be about 1, and the largest V as a share of it."""
    beside = float(np.median(profiles.stokes[:, 0].max(-1)))
    share = float(np.abs(profiles.stokes[:, 3]).max()) / beside
    if share < SMALLEST_POLARISATION and beside * level > COUNTS:
        raise UserError(
            f"Stokes V of {profiles.name} never exceeds {share:.1g} of Stokes I, less than any instrument measures; "
            "if Q, U and V are fractions of Stokes I, set `fractional: true`."
        )
    if not USUAL_BRIGHTNESS[0] < beside < USUAL_BRIGHTNESS[1]:
        yield (
            f"Stokes I beside the line is {beside:.3g}, not about 1: the noise is not relative to the continuum; set "
            "`continuum: divide`, or the continuum's level."
        )


def _width(profiles: Profiles, seen: MeasuredLine, unit: str) -> list[str]:
    centre = profiles.line.wavelength
    width = seen.half_width / centre * LIGHT_SPEED
    if _is_usual(width):
        return []
    scale = width / (angstroms(unit, centre) or np.nan)
    likely = [other for other in SPELLINGS if _is_usual(scale * (angstroms(other, centre) or np.nan))]
    said = (
        f"The line of {profiles.name} has a half width of {seen.half_width:.3g} Angstrom, or {width:.3g} km/s; usual are "
        f"{USUAL_WIDTHS[0]:g} to {USUAL_WIDTHS[1]:g} km/s. Check `wavelengths`, `line` and `wavelength_unit`, which was "
        f"taken as {unit}{f'; {_or(likely)} would fit' if likely else ''}."
    )
    if not POSSIBLE_WIDTHS[0] <= width <= POSSIBLE_WIDTHS[1]:
        raise UserError(said)
    return [said]


def _is_usual(width: float) -> bool:
    return USUAL_WIDTHS[0] <= width <= USUAL_WIDTHS[1]


def _or(words: list[str]) -> str:
    return " or ".join(words)


def _require_place(profiles: Profiles, seen: MeasuredLine) -> None:
    centre = profiles.line.wavelength
    velocity = seen.centre / centre * LIGHT_SPEED
    if abs(velocity) <= FASTEST or abs(seen.centre) <= DISPLACED * seen.half_width:
        return
    shift = abs(abs(seen.centre) - (vacuum(centre) - centre))
    medium = ", or `medium` if they are wavelengths in vacuum" if shift < seen.half_width else ""
    raise UserError(
        f"The line of {profiles.name} lies at {seen.centre:+.3f} Angstrom ({velocity:+.0f} km/s) from the centre of "
        f"{profiles.line.name}; correct `line` or `wavelengths`{medium}."
    )


def _parity(profiles: Profiles, seen: MeasuredLine, ordered: bool) -> Iterator[str]:
    """V is antisymmetric about the line, Q and U are symmetric; so the order of the Stokes parameters can be told."""
    parity = {name: _symmetry(profiles, STOKES.index(name), seen.centre) for name in "QUV"}
    crossed = [name for name in "QU" if parity[name] < -PARITY]
    if parity["V"] > PARITY:
        said = (
            f"What was read as Stokes V of {profiles.name} is symmetric about the line"
            + (f", and {crossed[0]} is antisymmetric" if crossed else "")
            + ": set `stokes` to the order in the file, such as [I, V, Q, U], or B_los means nothing."
        )
        if crossed and not ordered:
            raise UserError(said)
        yield said
    elif crossed:
        yield (
            f"Stokes {' and '.join(crossed)}, antisymmetric about the line as V is, got some of V's light: "
            "transverse fields are too strong."
        )


def _symmetry(profiles: Profiles, index: int, centre: float) -> float:
    """How one wing resembles the other: 1 the same, -1 the opposite; 0 where the noise does not let it be told."""
    sigma = profiles.noise[index]
    if not np.isfinite(sigma):
        return 0.0
    offsets = profiles.offsets - centre
    red = np.flatnonzero((offsets > np.diff(offsets).min() / 2) & (-offsets >= offsets[0]))
    if not red.size:
        return 0.0
    values = profiles.stokes[:, index].astype(float)
    mirror = np.array([np.interp(-offsets[red], offsets, unit) for unit in np.eye(offsets.size)])
    one, other = values[:, red], values @ mirror
    product = float((one * other).sum())
    spread = sigma**2 * np.sqrt(len(values) * (mirror**2).sum())
    if abs(product) < CERTAIN * spread:
        return 0.0
    noise = len(values) * sigma**2 * np.array([red.size, (mirror**2).sum()])
    power = np.array([(one**2).sum(), (other**2).sum()]) - noise
    return product / np.sqrt(np.prod(power)) if (power > 0).all() else 0.0


def _require_strength(profiles: Profiles) -> None:
    """Judge the weak-field B_los of the strongest pixels, less what noise explains."""
    slope = response(profiles.stokes[:, 0], profiles.offsets, profiles.line, "b_los")
    curvature = (slope**2).sum(-1)
    field = np.abs((profiles.stokes[:, 3] * slope).sum(-1)) / curvature
    strongest = float(np.quantile(field - 5 * profiles.noise[3] / np.sqrt(curvature), 0.99))
    if strongest > STRONGEST:
        raise UserError(
            f"Stokes V of {profiles.name} means fields of {strongest / 1000:.0f} kG, which the Sun does not have; "
            "check `wavelength_unit`, `line`, `continuum`, and `fractional` if V is given as a fraction of Stokes I."
        )


def _displacements(profiles: Profiles, seen: MeasuredLine) -> Iterator[str]:
    """Where the line lies from pixel to pixel, by the centroid of its depth."""
    near = np.abs(profiles.offsets - seen.centre) <= 2 * seen.half_width
    offsets, intensity = profiles.offsets[near], profiles.stokes[:, 0, near]
    depth = (intensity.max(-1, keepdims=True) - intensity) * np.gradient(offsets)
    centroid = (depth * offsets).sum(-1) / depth.sum(-1)
    shifted = (np.abs(centroid) > DISPLACED * seen.half_width).mean()
    if shifted > MANY:
        low, high = np.quantile(centroid, [0.05, 0.95])
        yield (
            f"The line lies {1000 * low:+.0f} to {1000 * high:+.0f} mÅ from offset 0 in nine of ten pixels, by "
            "velocities or by a cavity map that was not applied; Q and U are fitted as if it lay at 0."
        )


def _fractions(profiles: Profiles, seen: MeasuredLine) -> Iterator[str]:
    """The noise of fractions of Stokes I grows in the line; it is measured in pixels whose other wavelengths are quiet."""
    distance = np.abs(profiles.offsets - seen.centre)
    places = [distance.argmin(), distance.argmax()]
    maps = np.moveaxis(profiles.maps, int(profiles.maps.shape[1] > profiles.maps.shape[0]), 0)
    polarised = [index for index in (1, 2, 3) if np.isfinite(profiles.noise[index])]
    signal = sum((np.delete(maps[1:-1, :, index], places, axis=-1) ** 2).sum(-1) for index in polarised)
    pair = np.stack([maps[:, :, index][..., places] for index in polarised], axis=2)
    differences = np.diff(pair, n=2, axis=0)
    known = np.isfinite(signal) & np.isfinite(differences).all((2, 3))
    if known.sum() < ENOUGH:
        return
    quiet = differences[known & (signal <= np.quantile(signal[known], QUIET))]
    growth = [robust_sigma(values[:, 0]) / robust_sigma(values[:, 1]) for values in np.moveaxis(quiet, 1, 0)]
    core, wing = np.median(profiles.stokes[:, 0][:, places], axis=0)
    fall = wing / core
    if fall > LEAST_FALL and abs(np.log(growth).mean() - np.log(fall)) < LIKE_FRACTIONS:
        yield (
            "The noise of Q, U and V grows in the line as much as Stokes I falls, as if they were fractions of it: "
            "if so, set `fractional: true`, or fields come out too strong."
        )
