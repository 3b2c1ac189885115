"""The march: steps by hand, the compiled form against the plain one, room for samples."""

import copy

import numpy as np
import pytest
import torch
from fieldbench.errors import UserError
from fieldbench.radiance import _march, rays
from fieldbench.radiance.marching import Rays, Samples, Steps, march_compiled, march_kernel, march_plain
from fieldbench.radiance.occupancy import Occupancy, OccupancyOptions

from tests import interpreter  # noqa: F401 - switches it on

EQUAL, GROWING = Steps(0.05, 0.05, 0.0), Steps(0.02, 0.2, 0.05)
ROOM = 100_000


def march_by_kernel(some, steps, cells, room):
    """The kernel on CUDA where there is it, else in Triton's interpreter; as on the CPU."""
    pytest.importorskip("triton", reason="Triton's kernels need Triton, which has no build for this platform")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    moved = cells if cells is None else copy.deepcopy(cells).to(device)
    found = march_kernel(Rays(*(part.to(device) for part in some)), steps, moved, room)
    return Samples(*(part.cpu() for part in found))


def through(bound, count=200, seed=0):
    """Random rays through the cube of half side `bound`, some from within, some that miss it, some along an axis."""
    generator = torch.Generator().manual_seed(seed)
    origins = 1.5 * bound * torch.randn(count, 3, generator=generator)
    directions = torch.nn.functional.normalize(
        -origins + bound * torch.randn(count, 3, generator=generator), dim=1
    )
    directions[:3] = torch.eye(3)
    corner = torch.full((3,), float(bound))
    near, far = rays.within(origins, directions, -corner, corner)
    return Rays(origins, directions, near, far, torch.rand(count, generator=generator))


def grid(share, cascades=1, resolution=16, bound=1.0, seed=0):
    """A grid of which a share of the cells, in lumps, is occupied."""
    made = Occupancy(OccupancyOptions(resolution=resolution, cascades=cascades), bound)
    coarse = (
        torch.rand(cascades, *[resolution // 4] * 3, generator=torch.Generator().manual_seed(seed)) < share
    )
    made.set_cells(coarse.repeat_interleave(4, 1).repeat_interleave(4, 2).repeat_interleave(4, 3))
    return made


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        assert torch.equal(a, b)


def one_ray(near, far, shift=0.0):
    numbers = (torch.tensor([value], dtype=torch.float32) for value in (near, far, shift))
    return Rays(torch.zeros(1, 3), torch.tensor([[1.0, 0, 0]]), *numbers)


def test_equal_steps_by_hand():
    found = march_compiled(one_ray(1.0, 1.2), Steps(0.05, 0.05, 0.0), None, ROOM)
    assert found.t.tolist() == pytest.approx([1.025, 1.075, 1.125, 1.175])
    assert found.offsets.tolist() == [0, 4]


def test_a_shift_moves_all_samples_by_a_share_of_the_first_step():
    found = march_compiled(one_ray(1.0, 1.2, shift=0.6), Steps(0.05, 0.05, 0.0), None, ROOM)
    assert found.t.tolist() == pytest.approx([1.055, 1.105, 1.155])


def test_steps_grow_with_distance_between_their_bounds():
    """Begins at 1, 1.1, 1.21 ... while 10 % of the distance lies between 0.1 and 0.13, then 0.13 further each."""
    found = march_compiled(one_ray(0.5, 2.0), Steps(0.1, 0.13, 0.1), None, ROOM)
    begins, t = [], np.float32(0.5)
    while t + 0.5 * min(max(0.1 * t, 0.1), 0.13) < 2:
        begins.append(t)
        t += min(max(0.1 * t, 0.1), 0.13)
    assert found.dt[:5].tolist() == pytest.approx([0.1] * 5)
    assert float(found.dt.max()) == pytest.approx(0.13)
    assert (found.t - found.dt / 2).tolist() == pytest.approx(begins, abs=1e-5)


@pytest.mark.parametrize("steps", [EQUAL, GROWING])
@pytest.mark.parametrize(("share", "cascades"), [(0.06, 1), (0.3, 1), (0.1, 3)])
def test_leaping_over_empty_cells_changes_no_sample(steps, share, cascades):
    bound = 2.0 ** (cascades - 1)
    cells, some = grid(share, cascades, bound=bound), through(bound)
    found = march_compiled(some, steps, cells, ROOM)
    assert 0 < len(found.t) < 0.7 * len(march_compiled(some, steps, None, ROOM).t)
    assert_same(found, march_plain(some, steps, cells, ROOM))


@pytest.mark.parametrize("steps", [EQUAL, GROWING])
@pytest.mark.parametrize(("share", "cascades"), [(0.3, 1), (0.1, 3)])
def test_the_kernel_finds_the_same_samples(steps, share, cascades):
    bound = 2.0 ** (cascades - 1)
    cells, some = grid(share, cascades, bound=bound), through(bound, count=50)
    assert_same(march_by_kernel(some, steps, cells, ROOM), march_plain(some, steps, cells, ROOM))


@pytest.mark.parametrize("steps", [EQUAL, GROWING])
def test_a_full_grid_gives_the_dense_samples(steps):
    some = through(1.0)
    dense = march_compiled(some, steps, None, ROOM)
    assert_same(march_compiled(some, steps, grid(1.0), ROOM), dense)
    assert_same(march_plain(some, steps, None, ROOM), dense)
    assert_same(march_by_kernel(some, steps, None, ROOM), dense)


def test_counts_are_those_of_the_dense_march():
    some = through(1.0)._replace(shift=torch.zeros(200))
    count = np.empty(200, np.int64)
    numbers = np.array([GROWING.shortest, GROWING.longest, GROWING.cone_angle], np.float32)
    _march.counts(some.near.numpy(), some.far.numpy(), numbers, count)
    assert count.tolist() == march_plain(some, GROWING, None, ROOM).offsets.diff().tolist()


@pytest.mark.parametrize("march", [march_compiled, march_plain, march_by_kernel])
def test_only_whole_rays_enter_the_room(march):
    some = through(1.0)
    everything = march(some, EQUAL, None, ROOM)
    room = int(everything.offsets[20]) - 1
    found = march(some, EQUAL, None, room)
    assert found.rays < 20 and len(found.t) == everything.offsets[found.rays] <= room
    assert torch.equal(found.t, everything.t[: len(found.t)])


@pytest.mark.parametrize("march", [march_compiled, march_plain, march_by_kernel])
def test_a_ray_that_does_not_fit_is_an_error(march):
    with pytest.raises(UserError, match="raise `samples`"):
        march(one_ray(0.0, 1.0), EQUAL, None, 5)


@pytest.mark.parametrize("march", [march_compiled, march_plain, march_by_kernel])
def test_rays_that_miss_have_no_samples(march):
    found = march(one_ray(1.0, 1.0), EQUAL, None, 5)
    assert found.rays == 1 and len(found.t) == 0


def test_points_lie_on_the_rays():
    some = through(1.0)
    found = march_compiled(some, EQUAL, None, ROOM)
    n = 1234
    expected = some.origins[found.ray[n]] + some.directions[found.ray[n]] * found.t[n]
    torch.testing.assert_close(found.points(some)[n], expected)
