"""Where points lie and how far apart: on a plane in units of its longer side, on the sphere in radii."""

import numpy as np
from scipy.spatial import KDTree

from fieldbench.errors import UserError


def coordinates(
    position: np.ndarray, latitude: np.ndarray | None = None, longitude: np.ndarray | None = None
) -> np.ndarray:
    """(P, 2) positions as they are, or (P, 3) unit vectors from degrees (P,), so that no meridian is a border.

    Raises:
        UserError: a latitude beyond a pole.
    """
    if latitude is None or longitude is None:
        return np.asarray(position, dtype=float)
    if (beyond := np.flatnonzero(np.abs(latitude) > 90)).size:
        raise UserError(
            f"Latitude number {beyond[0]} is {latitude[beyond[0]]}; it must be between -90 and 90 degrees."
        )
    latitude, longitude = np.radians(latitude), np.radians(longitude)
    across = np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=-1)


def nearest_points(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The index (O,) of the point that is nearest to each observed place.

    Places that share a point have the same index; average their values where they have no noise.

    Args:
        points: (P, D) `coordinates` of the data's points.
        places: (O, D) coordinates of observations, made by the same function.

    Raises:
        UserError: a place is farther from every point than points are from their neighbours.
    """
    tree = KDTree(points)
    spacing = tree.query(points, k=2)[0][:, 1].max()
    known = np.isfinite(places).all(1)
    distance, index = tree.query(np.where(known[:, None], places, 0.0))
    if (outside := np.flatnonzero(~known | (distance > spacing))).size:
        raise UserError(
            f"{outside.size} of {len(places)} observations lie outside the grid, the first is number {outside[0]}; "
            "leave them out, or correct their coordinates."
        )
    return index
