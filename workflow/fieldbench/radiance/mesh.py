"""The surface of a learned scene as triangles: where its density lets half the light through a cell of a lattice.

Surface nets (Gibson 1998, "Constrained elastic surface nets"), the dual of marching cubes: a vertex in each cell that the
surface crosses, at the mean of where it crosses the cell's edges, and a quad around each edge that it crosses.
"""

from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from fieldbench import files
from fieldbench.radiance.model import Model
from fieldbench.radiance.scene import Scene

TOGETHER = 2**18  # lattice points that are evaluated at a time
EMPTY = 1e-9  # density of what is known to be empty
CORNERS = np.array(list(product((0, 1), repeat=3)))
EDGES = [(a, b) for a in CORNERS for b in CORNERS if (b - a).sum() == 1 and (b >= a).all()]


class Mesh(NamedTuple):
    """Triangles.

    Attributes:
        vertices: (V, 3) float32.
        faces: (F, 3) int32, numbers of vertices, counter-clockwise as seen from outside.
        colours: (V, 3) uint8.
    """

    vertices: np.ndarray
    faces: np.ndarray
    colours: np.ndarray

    def placed(self, scene: Scene) -> "Mesh":
        """The same in the coordinates of the scene's files."""
        return self._replace(vertices=(self.vertices / scene.scale + scene.origin).astype(np.float32))


def surface(model: Model, resolution: int) -> Mesh:
    """The surface in the cube that a scene's cameras look at: the smallest one of its occupancy grid, or the whole.

    Args:
        model: of the scene.
        resolution: lattice points along a side of the cube.
    """
    half = float(model.grid.halves[0]) if model.grid is not None else model.bound
    side = 2 * half / (resolution - 1)
    values = np.log(np.maximum(_densities(model, half, resolution), EMPTY) * side / np.log(2))
    places, faces, inwards = net(values)
    vertices = (places * side - half).astype(np.float32)
    return Mesh(vertices, faces, _colours(model, vertices, inwards))


@torch.no_grad()
def _densities(model: Model, half: float, resolution: int) -> np.ndarray:
    """(N, N, N) on a lattice; 0 where cells of the grid are empty."""
    device = next(model.parameters()).device
    line = torch.linspace(-half, half, resolution, device=device)
    points = torch.cartesian_prod(line, line, line)
    density = points.new_zeros(len(points))
    for part in torch.arange(len(points), device=device).split(TOGETHER):
        kept = part if model.grid is None else part[model.grid.occupied(points[part])]
        density[kept] = model.density(points[kept])
    return density.view(resolution, resolution, resolution).cpu().numpy()


def net(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The surface where values (X, Y, Z) on a lattice pass 0, closed at the lattice's faces.

    Returns:
        vertices (V, 3) in steps of the lattice; triangles (F, 3) int32 of their numbers, counter-clockwise as seen from
        where values are negative; and unit vectors (V, 3) towards larger values.
    """
    values = np.pad(values, 1, constant_values=min(-1.0, values.min()))
    inside = np.greater(values, 0)
    shape = np.array(inside.shape) - 1
    corners = [inside[tuple(map(slice, corner, corner + shape))] for corner in CORNERS]
    full = np.sum(corners, axis=0)
    crossed = (full > 0) & (full < len(CORNERS))
    cells = np.argwhere(crossed)
    number = np.full(crossed.shape, -1, np.int32)
    number[crossed] = np.arange(len(cells))
    total, count, slope = np.zeros((len(cells), 3)), np.zeros(len(cells)), np.zeros((len(cells), 3))
    for first, second in EDGES:
        one, two = (values[tuple((cells + corner).T)] for corner in (first, second))
        hit = (one > 0) != (two > 0)
        share = np.where(hit, one, 0) / np.where(hit, one - two, 1)
        total += hit[:, None] * first + share[:, None] * (second - first)
        count += hit
        slope += (two - one)[:, None] * (second - first)
    faces = [_quads(inside, number, axis) for axis in range(3)]
    length = np.linalg.norm(slope, axis=1, keepdims=True)
    vertices = cells + total / np.maximum(count, 1)[:, None] - 1
    return vertices, np.concatenate(faces), slope / np.maximum(length, EMPTY)


def _quads(inside: np.ndarray, number: np.ndarray, axis: int) -> np.ndarray:
    """(F, 3): two triangles around each edge along an axis whose ends lie on two sides of the surface."""
    along, across = np.roll(np.eye(3, dtype=int), -axis, 0)[0], np.roll(np.eye(3, dtype=int), -axis, 0)[1:]
    low = inside[tuple(slice(0, -1) if step else slice(None) for step in along)]
    high = inside[tuple(slice(1, None) if step else slice(None) for step in along)]
    edges = np.argwhere(low != high)
    around = [
        number[tuple((edges - i * across[0] - j * across[1]).T)] for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))
    ]
    leaves = low[tuple(edges.T)]
    quads = np.where(leaves[:, None], np.stack(around, 1), np.stack(around[::-1], 1))
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


@torch.no_grad()
def _colours(model: Model, vertices: np.ndarray, inwards: np.ndarray) -> np.ndarray:
    """(V, 3) uint8, each seen from straight outside."""
    device = next(model.parameters()).device
    places, views = (torch.from_numpy(part.astype(np.float32)).to(device) for part in (vertices, inwards))
    parts: list[Tensor] = [
        model.seen(place, view)
        for place, view in zip(places.split(TOGETHER), views.split(TOGETHER), strict=True)
    ]
    return np.rint(255 * torch.cat(parts, 1).T.cpu().numpy()).astype(np.uint8)


def save(mesh: Mesh, path: str | Path) -> None:
    """Write triangles with the colours of their corners as a binary PLY (Turk 1994), atomically.

    Raises:
        UserError: see `files.replacing`.
    """
    vertices = np.empty(len(mesh.vertices), [("place", "<f4", 3), ("colour", "u1", 3)])
    vertices["place"], vertices["colour"] = mesh.vertices, mesh.colours
    faces = np.empty(len(mesh.faces), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, mesh.faces
    head = [
        "ply",
        "format binary_little_endian 1.0",
        f"element vertex {len(vertices)}",
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {colour}" for colour in ("red", "green", "blue")),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header\n",
    ]
    files.save_bytes("\n".join(head).encode() + vertices.tobytes() + faces.tobytes(), path)
