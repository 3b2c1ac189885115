"""What training fields tell of the plane waves in them, before any field is observed."""

from dataclasses import dataclass
from math import log, pi

import numpy as np

from fieldbench.sparse.methods import _plane_waves as waves

STEP = 0.25  # of the grid of wave vectors, in periods across the field; waves 1 apart are resolved
RARE = 1e-3  # of the densest wave vector's density: rarer ones are no candidates


@dataclass(frozen=True)
class Prior:
    """What is known of waves before the observations.

    Attributes:
        log_density: (2 H + 1, H + 1) of a wave vector, at `STEP` times y = -H ... H and x = 0 ... H periods.
        log_order: log probability of 0, 1, ... waves.
        normals: of the constant and the amplitudes.
    """

    log_density: np.ndarray
    log_order: np.ndarray
    normals: waves.Normals

    def log_density_at(self, vector: np.ndarray) -> float:
        """The sum over wave vectors (J, 2), y and x in radians per unit of position; -inf outside the grid."""
        half_plane = np.where(vector[:, 1:] < 0, -vector, vector) / (2 * pi * STEP)
        most = self.log_density.shape[1] - 1
        if (np.abs(half_plane) > most).any():
            return -np.inf
        row, column = np.rint(half_plane).astype(int).T
        return float(self.log_density[row + most, column].sum())


def periodogram(fields: np.ndarray, position: np.ndarray, highest: float) -> tuple[np.ndarray, np.ndarray]:
    """Wave vectors (G, 2) of a grid over a half-plane, y slowest, and the mean power (G,) there of `fields` (F, P).

    A window that falls to zero at the edges keeps waves from leaking into far wave vectors.
    """
    most = round(highest / STEP)
    steps = 2 * pi * STEP * np.arange(-most, most + 1)
    vector = np.stack(np.meshgrid(steps, steps[most:], indexing="ij"), axis=-1).reshape(-1, 2)
    window = np.cos(pi * position / np.ptp(position, axis=0)).prod(axis=1) ** 2
    windowed = (fields - fields.mean()) * window
    rows = np.split(vector, 2 * most + 1)  # one at a time, for a transform of all is large
    power = np.concatenate(
        [(np.abs(windowed @ np.exp(1j * position @ row.T)) ** 2).mean(axis=0) for row in rows]
    )
    # The other half of the axis x = 0 says the same again, and a wave vector of 0 is no wave.
    needless = (vector[:, 1] == 0) & (vector[:, 0] <= 0)
    return vector, np.where(needless, 0, power)


def broad(fields: np.ndarray, vector: np.ndarray, power: np.ndarray, waves_at_most: int) -> Prior:
    """Wave vectors (G, 2) as frequent as their `power` (G,), and of constant and amplitudes the scale of `fields`."""
    density = np.maximum(power, RARE**2 * power.max()) / power.sum() / (2 * pi * STEP) ** 2
    spread = float(fields.std())
    scatter = np.sqrt(np.cov(vector.T, aweights=power).trace() / 2)
    return Prior(
        np.log(density).reshape(-1, len(np.unique(vector[:, 1]))),
        np.full(waves_at_most + 1, -log(waves_at_most + 1)),
        waves.Normals(float(fields.mean()), spread, spread, spread, float(scatter)),
    )
