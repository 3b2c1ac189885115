"""The occupancy grid: cells and cascades by hand, when cells are given up and found again, hulls of known shapes."""

import math

import numpy as np
import pytest
import torch
from fieldbench.datasets import _scene
from fieldbench.errors import UserError
from fieldbench.radiance import occupancy
from fieldbench.radiance.occupancy import Occupancy, OccupancyOptions, seen_cells
from fieldbench.radiance.scene import Scene

OPTIONS = OccupancyOptions(resolution=8, warm_up_steps=10, least_visits=3, probes=1, threshold=0.01)


def nothing(points):
    return torch.zeros(len(points))


def generator():
    return torch.Generator().manual_seed(0)


def centre(number, options=OPTIONS, bound=1.0):
    """Of a cell of the only cube."""
    n = options.resolution
    cell = torch.tensor([number // n**2, number // n % n, number % n])
    return (cell + 0.5) * 2 * bound / n - bound


def test_cells_of_one_cube_by_hand():
    grid = Occupancy(OPTIONS, bound=2.0)
    points = torch.tensor([[-1.99, -1.99, -1.99], [-1.99, -1.99, -1.4], [-1.4, -1.99, -1.99], [2.01, 0, 0]])
    assert grid.numbers(points).tolist() == [0, 1, 64, -1]
    assert grid.occupied(points).tolist() == [True, True, True, False]


def test_a_point_belongs_to_the_smallest_cube_that_holds_it():
    """Half sides 1, 2 and 4; cells of the outer cubes are larger."""
    grid = Occupancy(OccupancyOptions(resolution=8, cascades=3), bound=4.0)
    assert grid.halves.tolist() == [1, 2, 4]
    points = torch.tensor([[0.9, 0, 0], [1.1, 0, 0], [0, 0, -3.9], [0, 4.5, 0]])
    assert (grid.numbers(points) // 8**3).tolist() == [0, 1, 2, -1]


def test_a_cell_is_given_up_only_after_the_warm_up_and_enough_samples():
    grid = Occupancy(OPTIONS, bound=1.0)
    empty, dense, rare = (centre(n)[None] for n in (5, 77, 300))
    for visit in range(4):
        grid.observe(empty, torch.tensor([1e-6]))
        grid.observe(dense, torch.tensor([0.5]))
        if visit == 0:
            grid.observe(rare, torch.tensor([1e-6]))
        if visit == 2:
            grid.update(9, nothing, generator())
            assert grid.cells.all()  # still warming up
    grid.update(10, nothing, generator())
    assert [bool(grid.occupied(point)) for point in (empty, dense, rare)] == [False, True, True]


def test_the_threshold_is_of_density_times_step():
    """With a mean above the threshold, cells on both sides of 0.01."""
    grid = Occupancy(OPTIONS, bound=1.0)
    points = torch.stack([centre(n) for n in range(512)]).repeat(3, 1)
    thickness = torch.full((512,), 0.5)
    thickness[10], thickness[11] = 0.009, 0.011
    grid.observe(points, thickness.repeat(3))
    grid.update(10, nothing, generator())
    assert grid.cells.flatten().logical_not().nonzero().flatten().tolist() == [10]


def test_a_value_decays_only_where_it_is_sampled():
    grid = Occupancy(OPTIONS, bound=1.0)
    sampled, other = centre(3)[None], centre(4)[None]
    for point in (sampled, other):
        grid.observe(point, torch.tensor([1.0]))
    grid.update(1, nothing, generator())
    grid.observe(sampled, torch.tensor([0.1]))
    grid.update(2, nothing, generator())
    assert grid.value[3:5].tolist() == pytest.approx([0.95, 1.0])


def test_a_probe_finds_a_cell_again():
    options = OccupancyOptions(resolution=8, warm_up_steps=0, least_visits=0, probes=4096)
    grid = Occupancy(options, bound=1.0)
    target = centre(123)

    def thickness(points):
        return ((points - target).abs().amax(-1) < 0.125).float()

    grid.set_cells(torch.zeros_like(grid.cells))
    grid.update(5, thickness, generator())
    assert grid.cells.flatten().nonzero().flatten().tolist() == [123]


def test_a_grid_that_went_empty_is_recovered_and_says_so():
    options = OccupancyOptions(resolution=8, warm_up_steps=0, least_visits=0, probes=1)
    allowed = torch.zeros(1, 8, 8, 8, dtype=torch.bool)
    allowed[0, :4] = True
    grid = Occupancy(options, 1.0, allowed)
    grid.update(5, nothing, generator())
    assert torch.equal(grid.cells, allowed) and int(grid.recoveries) == 1


def test_compiled_loops_judge_as_the_form_of_a_device(monkeypatch):
    """Cells, visits and values after some rounds, in cubes within cubes, with points outside all of them."""
    options = OccupancyOptions(resolution=8, cascades=2, warm_up_steps=0, least_visits=2, probes=20)
    allowed = torch.rand(options.shape, generator=generator()) < 0.7
    grids = []
    for lent in (False, True):
        monkeypatch.setattr(occupancy, "has_kernels", lambda _, lent=lent: lent)
        grid, random = Occupancy(options, 2.0, allowed), generator()
        for step in range(6):
            points = 4.4 * torch.rand(3000, 3, generator=random) - 2.2
            grid.observe(points, 0.02 * torch.rand(3000, generator=random) ** 4)
            grid.update(step, lambda at: 1e-3 * at.abs().amax(-1), random)
        grids.append(grid)
    compiled, plain = grids
    assert 0.1 < compiled.fraction < 0.6
    for name in ("cells", "blocks", "visits", "value", "peak"):
        assert torch.equal(getattr(compiled, name), getattr(plain, name)), name


def test_blocks_hold_the_cells():
    grid = Occupancy(OccupancyOptions(resolution=16), bound=1.0)
    cells = torch.zeros(1, 16, 16, 16, dtype=torch.bool)
    cells[0, 3, 9, 15] = True
    grid.set_cells(cells)
    assert grid.blocks.nonzero().tolist() == [[0, 0, 1, 1]]


def test_the_state_is_restored():
    one, other = Occupancy(OPTIONS, bound=1.0), Occupancy(OPTIONS, bound=1.0)
    one.observe(centre(5).expand(9, 3), torch.full((9,), 1e-9))
    one.update(10, nothing, generator())
    other.load_state_dict(one.state_dict())
    for mine, theirs in zip(one.arrays(), other.arrays(), strict=True):
        assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("wrong", [{"resolution": 12}, {"resolution": 0}, {"cascades": 0}])
def test_a_size_that_makes_no_grid_is_an_error(wrong):
    with pytest.raises(UserError, match="multiple of 8"):
        OccupancyOptions(**wrong)


def ball_scene(radius, views=24, size=64, bound=1.0):
    """Views of a ball around the origin: a pixel is solid where its ray passes the origin within `radius`."""
    focal, distance = 80.0, 3.0
    turn = np.pi * (3 - math.sqrt(5)) * np.arange(views)
    height = 1 - 2 * (np.arange(views) + 0.5) / views
    flat = np.sqrt(1 - height**2)
    places = distance * np.stack([flat * np.cos(turn), flat * np.sin(turn), height], 1)
    side = (np.arange(size) + 0.5 - size / 2) / focal
    off = np.hypot(*np.meshgrid(side, side))
    solid = distance * off / np.sqrt(1 + off**2) < radius
    images = np.zeros((views, size, size, 4), np.uint8)
    images[:, solid] = 255
    poses = np.stack([_scene.look_at(place) for place in places]).astype(np.float32)
    lenses = _scene.central(focal, (size, size), views)
    return Scene(images, poses, np.ones(views, bool), lenses, bound, None)


def test_the_hull_of_a_ball_holds_it_and_little_more():
    options = OccupancyOptions(resolution=32)
    scene = ball_scene(0.5)
    cells = seen_cells(options, scene, hull=True)[0].numpy()
    axis = (np.arange(32) + 0.5) / 16 - 1
    distance = np.sqrt(sum(part**2 for part in np.meshgrid(axis, axis, axis, indexing="ij")))
    assert cells[distance < 0.5].all()
    assert not cells[distance > 0.5 + 0.2].any()  # a cell's diagonal of 0.11, and a pixel's 0.04


def test_without_hull_only_cells_that_no_camera_sees_are_left_out():
    """One camera at z = 3 looks down with a field of view that is narrow at the cube's top."""
    scene = ball_scene(0.5, views=1)
    pose = _scene.look_at(np.array([0.0, 0, 3])).astype(np.float32)[None]
    scene = Scene(scene.images, pose, scene.train, _scene.central(100.0, scene.size), 1.0, None)
    cells = seen_cells(OccupancyOptions(resolution=16), scene, hull=False)[0].numpy()
    assert cells[8, 8].all() and cells[:, :, 0].all()
    assert not cells[0, 0, 15] and not cells[15, 15, 15]  # half the view is 0.32 of the depth, so 0.66 there


def test_cameras_that_see_nothing_are_an_error():
    scene = ball_scene(0.0)
    with pytest.raises(UserError, match="No cell"):
        seen_cells(OccupancyOptions(resolution=8), scene, hull=True)
