"""Surfaces as triangles: a ball's radius, volume and orientation, closed nets, and files that others can read."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fieldbench.radiance import mesh
from fieldbench.radiance.mesh import Mesh
from fieldbench.radiance.model import Model

from tests.radiance.scenes import analytic, inside, method

POINTS = 40
LINE = np.linspace(-1, 1, POINTS)


def ball(radius):
    """Vertices in units of the ball's space, triangles and normals of radius minus distance."""
    distance = np.sqrt(sum(axis**2 for axis in np.meshgrid(LINE, LINE, LINE, indexing="ij")))
    vertices, faces, inwards = mesh.net(radius - distance)
    return vertices * 2 / (POINTS - 1) - 1, faces, inwards


def test_a_ball_has_its_radius_its_volume_and_its_normals():
    vertices, faces, inwards = ball(0.7)
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 0.7, atol=0.002)
    corners = vertices[faces]
    volume = np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    assert volume == pytest.approx(
        4 / 3 * np.pi * 0.7**3, rel=0.01
    )  # positive: seen from outside, counter-clockwise
    assert (np.einsum("ij,ij->i", inwards, vertices) < -0.99 * 0.7).all()


@pytest.mark.parametrize("radius", [0.7, 1.2])  # the second is cut by all faces of the lattice
def test_a_surface_is_closed(radius):
    """Each edge is that of two triangles, in both directions; and by Euler's formula the surface is one ball's."""
    vertices, faces, _ = ball(radius)
    edges = np.concatenate([faces[:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
    assert {tuple(edge) for edge in edges} == {tuple(edge[::-1]) for edge in edges}
    assert len(np.unique(edges, axis=0)) == len(edges)
    assert len(vertices) - len(edges) // 2 + len(faces) == 2


def test_no_surface_is_no_triangle():
    vertices, faces, _ = mesh.net(-np.ones((4, 5, 6)))
    assert vertices.shape == (0, 3) and faces.shape == (0, 3)


def test_a_model_has_its_surface_where_it_is_dense():
    """A model that is taken to be dense in the solids of its scene has a surface around them, in the files' coordinates."""
    scene = analytic()
    model = Model(scene, method()).eval()
    model.density = lambda points: torch.from_numpy(1e4 * inside(points.numpy())).float()
    found = mesh.surface(model, 48)
    off = 2 / 47
    assert inside(found.vertices).mean() > 0.1 and len(found.faces) > 500
    around = found.vertices[:, None] + off * np.array([[0, 0, 0], *np.eye(3), *-np.eye(3)])
    touched = inside(around.astype(float))
    assert touched.any(1).all() and not touched.all(1).any()
    moved = found.placed(replace(scene, origin=np.ones(3), scale=2.0))
    np.testing.assert_allclose(moved.vertices, found.vertices / 2 + 1, rtol=1e-6)


def test_a_file_holds_places_colours_and_corners(tmp_path):
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0]], np.float32)
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    mesh.save(Mesh(vertices, np.array([[0, 1, 2]], np.int32), colours), tmp_path / "one.ply")
    head, body = (tmp_path / "one.ply").read_bytes().split(b"end_header\n")
    assert head.startswith(b"ply\nformat binary_little_endian 1.0\nelement vertex 3\n")
    assert b"element face 1\nproperty list uchar int vertex_indices" in head
    assert np.frombuffer(body[15:27], "<f4").tolist() == [1, 0, 0] and body[27:30] == bytes([0, 255, 0])
    assert body[45] == 3 and np.frombuffer(body[46:], "<i4").tolist() == [0, 1, 2]
