"""Places on the unit sphere."""

import numpy as np


def unit_vectors(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """The vectors (..., 3) to places of `latitude` and `longitude` (...), degrees; at 0, 0 it is (1, 0, 0)."""
    north, east = np.radians(latitude), np.radians(longitude)
    across = np.cos(north)
    return np.stack([across * np.cos(east), across * np.sin(east), np.sin(north)], axis=-1)
