"""Six families of wave patterns on the unit square, each with the random parameters that make a field.

A field is (z + 1) / 2 with z from the table; x and y run from 0 to 2 pi over the square, r and theta are polar
coordinates about its centre, and wave numbers k are in radians per unit of x, so that they count periods across.

| family | z |
|---|---|
| simple | sin(kx x + ky y + phase), k in [1, 3] |
| multi-frequency | mean of two or three a sin(kx x + ky y + phase), a in [0.3, 1], k in [0.5, 5] |
| radial | sin(k r + phase), k in [2, 8] |
| interference | sum of two waves, k in [2, 6] and within 1 of those |
| modulated | half: [1 + depth sin(mx x + my y)] sin(kx x + ky y), depth in [0.5, 1], m in [0.5, 2], k in [3, 7] |
| | half: sin(k x + depth sin(m x + m y)), depth in [1, 3], m in [0.5, 2], k in [3, 7] |
| composite | 0.4 sin(k r) + 0.3 sin(n theta) + 0.3 sin(kx x + ky y), k in [2, 6], n in 2..5, kx and ky in [2, 5] |

Source: `synthetic_experiments/datasets/sinusoidal_generator.py` of github.com/colpark/MambaFlowMatching, whose
definitions these are; the code is not.
"""

from collections.abc import Callable

import numpy as np

from fieldbench.errors import UserError

Parameters = dict[str, np.ndarray]


def draw(family: str, count: int, rng: np.random.Generator) -> Parameters:
    """Random parameters of `count` fields; every array's first axis is the field.

    Wave vectors are (..., 2) in the order y, x. A wave that a `multi-frequency` field lacks has amplitude 0; the
    division by the number of waves is part of `amplitude`. A `modulated` field is frequency-modulated where
    `frequency_modulated` is true, and then uses `carrier[:, 1]` and `modulator[:, 1]` only.

    Raises:
        UserError: unknown family.
    """
    return _family(family)[0](count, rng)


def evaluate(family: str, parameters: Parameters, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The fields (count, P) at the points with coordinates `y` and `x` (P,), which run from 0 to 1.

    Differentiable in every parameter but counts and flags, so that the Cramer-Rao limit follows by differences.

    Raises:
        UserError: unknown family.
    """
    y, x = 2 * np.pi * np.asarray(y), 2 * np.pi * np.asarray(x)
    return (_family(family)[1](parameters, y, x) + 1) / 2


def _family(name: str) -> tuple[Callable[..., Parameters], Callable[..., np.ndarray]]:
    if name not in FAMILIES:
        raise UserError(f"Unknown `family` '{name}' of wave_family; known: {', '.join(FAMILIES)}.")
    return FAMILIES[name]


def _phase(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.uniform(0, 2 * np.pi, shape)


def _plane(vector: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """ky y + kx x, (count, P), of wave vectors (count, 2)."""
    return vector[:, :1] * y + vector[:, 1:] * x


def _radius(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.hypot(y - np.pi, x - np.pi)


def _draw_simple(count: int, rng: np.random.Generator) -> Parameters:
    return {"wave": rng.uniform(1, 3, (count, 2)), "phase": _phase(rng, count)}


def _simple(parameters: Parameters, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.sin(_plane(parameters["wave"], y, x) + parameters["phase"][:, None])


def _draw_multi_frequency(count: int, rng: np.random.Generator) -> Parameters:
    number = rng.integers(2, 4, count)
    amplitude = rng.uniform(0.3, 1, (count, 3)) * (np.arange(3) < number[:, None]) / number[:, None]
    return {
        "wave": rng.uniform(0.5, 5, (count, 3, 2)),
        "phase": _phase(rng, count, 3),
        "amplitude": amplitude,
    }


def _draw_interference(count: int, rng: np.random.Generator) -> Parameters:
    first = rng.uniform(2, 6, (count, 2))
    wave = np.stack([first, first + rng.uniform(-1, 1, (count, 2))], axis=1)
    return {"wave": wave, "phase": _phase(rng, count, 2), "amplitude": np.ones((count, 2))}


def _sum_of_waves(parameters: Parameters, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    columns = (np.moveaxis(parameters[name], 1, 0) for name in ("wave", "phase", "amplitude"))
    waves = zip(*columns, strict=True)
    return sum(
        amplitude[:, None] * _simple({"wave": wave, "phase": phase}, y, x) for wave, phase, amplitude in waves
    )


def _draw_radial(count: int, rng: np.random.Generator) -> Parameters:
    return {"wave": rng.uniform(2, 8, count), "phase": _phase(rng, count)}


def _radial(parameters: Parameters, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.sin(parameters["wave"][:, None] * _radius(y, x) + parameters["phase"][:, None])


def _draw_modulated(count: int, rng: np.random.Generator) -> Parameters:
    frequency_modulated = rng.random(count) >= 0.5
    depth = np.where(frequency_modulated, rng.uniform(1, 3, count), rng.uniform(0.5, 1, count))
    return {
        "carrier": rng.uniform(3, 7, (count, 2)),
        "modulator": rng.uniform(0.5, 2, (count, 2)),
        "depth": depth,
        "frequency_modulated": frequency_modulated,
    }


def _modulated(parameters: Parameters, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    frequency_modulated = parameters["frequency_modulated"][:, None]
    carrier, modulator, depth = parameters["carrier"], parameters["modulator"], parameters["depth"][:, None]
    # A frequency-modulated carrier has no y component, and its modulator lies along the diagonal.
    carrier = np.where(frequency_modulated, carrier * [0, 1], carrier)
    modulator = np.where(frequency_modulated, modulator[:, 1:], modulator)
    modulation = depth * np.sin(_plane(modulator, y, x))
    phase = np.where(frequency_modulated, modulation, 0)
    return np.where(frequency_modulated, 1, 1 + modulation) * np.sin(_plane(carrier, y, x) + phase)


def _draw_composite(count: int, rng: np.random.Generator) -> Parameters:
    return {
        "radial": rng.uniform(2, 6, count),
        "angular": rng.integers(2, 6, count),
        "wave": rng.uniform(2, 5, (count, 2)),
    }


def _composite(parameters: Parameters, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    angle = np.arctan2(y - np.pi, x - np.pi)
    radial = np.sin(parameters["radial"][:, None] * _radius(y, x))
    angular = np.sin(parameters["angular"][:, None] * angle)
    return 0.4 * radial + 0.3 * angular + 0.3 * np.sin(_plane(parameters["wave"], y, x))


FAMILIES = {
    "simple": (_draw_simple, _simple),
    "multi-frequency": (_draw_multi_frequency, _sum_of_waves),
    "radial": (_draw_radial, _radial),
    "interference": (_draw_interference, _sum_of_waves),
    "modulated": (_draw_modulated, _modulated),
    "composite": (_draw_composite, _composite),
}
