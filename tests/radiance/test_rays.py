"""Rays through pixels and their way through a box, by hand."""

import math

import pytest
import torch
from fieldbench.datasets import _scene
from fieldbench.radiance import rays

UNIT = torch.eye(4)


def central(*numbers):
    return torch.from_numpy(_scene.central(*numbers)[0])


def test_the_ray_through_the_middle_of_a_view_runs_along_minus_z():
    origins, directions = rays.through_pixels(
        UNIT, central(10.0, (4, 6)), torch.tensor([1.5]), torch.tensor([2.5])
    )
    assert origins.tolist() == [[0, 0, 0]]
    assert directions.tolist() == [[0, 0, -1]]


def test_pixel_centres_and_the_sense_of_the_axes():
    """The upper left pixel of a 2 x 2 view with focal length 1: x = -1/2 and y = +1/2 at z = -1."""
    _, directions = rays.through_pixels(UNIT, central(1.0, (2, 2)), torch.tensor([0.0]), torch.tensor([0.0]))
    length = math.sqrt(1.5)
    assert directions[0].tolist() == pytest.approx([-0.5 / length, 0.5 / length, -1 / length])


def test_a_pose_turns_and_shifts_rays():
    """A camera at (1, 2, 3) that looks along +x, with z up: its right is -y."""
    pose = torch.tensor([[0.0, 0, -1, 1], [-1, 0, 0, 2], [0, 1, 0, 3], [0, 0, 0, 1]])
    origins, directions = rays.of_view(pose, central(1.0, (2, 2)), (2, 2))
    assert (origins == torch.tensor([1.0, 2, 3])).all()
    expected = torch.nn.functional.normalize(torch.tensor([1.0, 0.5, 0.5]), dim=0)
    torch.testing.assert_close(directions[0], expected)  # upper left
    torch.testing.assert_close(directions[3], expected * torch.tensor([1.0, -1, -1]))  # lower right


def test_two_focal_lengths_and_a_principal_point():
    """fx = 2, fy = 4, principal point (3, 1): the pixel at column 4, row 0 lies 1.5 right of it and half a pixel above."""
    lens = torch.tensor([2.0, 4.0, 3.0, 1.0])
    _, directions = rays.through_pixels(UNIT, lens, torch.tensor([0.0]), torch.tensor([4.0]))
    expected = torch.nn.functional.normalize(torch.tensor([0.75, 0.125, -1.0]), dim=0)
    torch.testing.assert_close(directions[0], expected)


def test_a_view_is_read_row_by_row():
    _, directions = rays.of_view(UNIT, central(5.0, (3, 4)), (3, 4))
    row, column = torch.tensor([2.0]), torch.tensor([1.0])
    _, one = rays.through_pixels(UNIT, central(5.0, (3, 4)), row, column)
    torch.testing.assert_close(directions[2 * 4 + 1], one[0])


@pytest.mark.parametrize(
    ("origin", "direction", "expected"),
    [
        ((-3.0, 0, 0), (1.0, 0, 0), (2, 4)),  # straight through, along an axis
        ((0.0, 0, 0), (0.0, 1, 0), (0, 1)),  # from within
        ((3.0, 0, 0), (1.0, 0, 0), None),  # behind the ray
        ((-3.0, 2, 0), (1.0, 0, 0), None),  # beside it, along an axis
        (
            (-2.0, -2, 0),
            (math.sqrt(0.5), math.sqrt(0.5), 0),
            (math.sqrt(2), 3 * math.sqrt(2)),
        ),  # along a diagonal
    ],
)
def test_way_through_the_cube(origin, direction, expected):
    one = torch.ones(3)
    near, far = rays.within(torch.tensor([origin]), torch.tensor([direction]), -one, one)
    if expected is None:
        assert near == far
    else:
        assert (float(near), float(far)) == pytest.approx(expected)
