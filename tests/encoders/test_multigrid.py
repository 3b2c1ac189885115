"""Properties of multi-resolution grids, and numbers computed by hand."""

import pytest
import torch
from fieldbench.encoders import multigrid
from fieldbench.encoders._base import grid_points
from fieldbench.encoders._grid import BoundLevel, Interpolate, sources
from fieldbench.encoders._multigrid import INTERPOLATIONS, Level, look_up, resolutions, table_rows, taps
from fieldbench.errors import UserError

OPEN = [16, 22, 30, 42, 58, 80, 111, 153, 212, 294, 406, 561, 776, 1072, 1482, 2048]
STRICT = [1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32]
SMALL = {"base_resolution": 2, "max_resolution": 8, "levels": 3, "features": 2, "table_size": 4096}
CPU = torch.device("cpu")


def lattice_values(resolution, function):
    """A table (R * R, 1) of a function of (y, x) at the lattice points of aligned cells."""
    return function(*grid_points((resolution, resolution)).T)[:, None]


@pytest.mark.parametrize(("base", "finest", "wanted"), [(16, 2048, OPEN), (1, 32, STRICT), (5, 5, [5] * 16)])
def test_resolutions_of_the_documents(base, finest, wanted):
    assert resolutions(base, finest, 16) == wanted


@pytest.mark.parametrize("finest", range(2, 300))
def test_the_finest_level_is_exactly_the_maximum(finest):
    assert resolutions(1, finest, 16)[-1] == finest


@pytest.mark.parametrize(("base", "finest", "levels"), [(0, 8, 2), (9, 8, 2), (2, 8, 0)])
def test_impossible_resolutions_are_refused(base, finest, levels):
    with pytest.raises(UserError, match=f"base_resolution = {base}, max_resolution = {finest}"):
        resolutions(base, finest, levels)


@pytest.mark.parametrize("key", ["indexing", "cells", "interpolation"])
def test_unknown_words_are_refused_with_the_known_ones(key):
    with pytest.raises(UserError, match=f"Unknown {key} 'wrong'; known: "):
        multigrid.build(2, **SMALL, **{key: "wrong"})


def test_hash_by_hand():
    level = Level(100, 1000, hashed=True, cells="scaled", interpolation="linear")
    rows = table_rows([torch.tensor([3, 0]), torch.tensor([5, 7])], level)
    assert rows.tolist() == [(5 * 2654435761 ^ 3 * 805459861) % 1000, (7 * 2654435761) % 1000]


def test_three_dimensions_follow_instant_ngp():
    level = Level(100, 1000, hashed=True, cells="scaled", interpolation="linear")
    rows = table_rows([torch.tensor([2]), torch.tensor([3]), torch.tensor([5])], level)
    assert rows.tolist() == [(5 ^ 3 * 2654435761 ^ 2 * 805459861) % 1000]


def test_trilinear_look_up_reproduces_a_linear_field():
    level = Level(4, 64, hashed=False, cells="aligned", interpolation="linear")
    table = (grid_points((4, 4, 4)) @ torch.tensor([[1.0], [2.0], [-3.0]])) + 0.5
    points = torch.rand(50, 3)
    wanted = points @ torch.tensor([[1.0], [2.0], [-3.0]]) + 0.5
    torch.testing.assert_close(look_up(table, points, level), wanted, rtol=0, atol=2e-6)


def test_collisions_share_one_value_and_add_their_gradients():
    encoder = multigrid.build(2, **{**SMALL, "table_size": 2}, indexing="hash")
    view = encoder.on_grid((9, 9))
    finest = view.values[-1]
    assert finest.shape == (2, 2)  # 64 lattice points, all in the table's two rows
    view().sum().backward()
    assert finest.grad.sum().item() == pytest.approx(2 * 81)  # weights at each of 81 points sum to 1


def test_v0_collides_where_v1_would_fit():
    hashed, dense = (multigrid.build(2, **SMALL, indexing=indexing) for indexing in ("hash", "dense"))
    assert [table.shape for table in hashed.tables] == [table.shape for table in dense.tables]
    assert [len(bound.rows) for bound in dense.on_grid((40, 40)).bound] == [4, 16, 64]
    assert len(hashed.on_grid((40, 40)).bound[-1].rows) < 64


@pytest.mark.parametrize("form", ["plain", "forward"])
@pytest.mark.parametrize("interpolation", ["linear", "catmull-rom"])
def test_an_aligned_grid_reproduces_a_linear_field_exactly(form, interpolation):
    encoder = multigrid.build(2, **SMALL, cells="aligned", interpolation=interpolation)
    with torch.no_grad():
        for table, level in zip(encoder.tables, encoder.grid, strict=True):
            table.copy_(lattice_values(level.resolution, lambda y, x: 3 * y - 2 * x + 1).expand(-1, 2))
    cell = 1 / 7 if interpolation == "catmull-rom" else 0  # its clamped ends are not linear
    points = cell + torch.rand(100, 2) * (1 - 2 * cell)
    wanted = (3 * points[:, 0] - 2 * points[:, 1] + 1)[:, None]
    finest = getattr(encoder, form)(points)[:, -2:]
    torch.testing.assert_close(finest, wanted.expand(-1, 2), rtol=0, atol=2e-6)


def test_scaled_cells_are_constant_in_the_last_cell():
    encoder = multigrid.build(2, **SMALL)
    points = torch.tensor([[0.3, 0.88], [0.3, 0.93], [0.3, 1.0]])  # beyond 1 - 1/8
    features = encoder(points)[:, -2:]
    torch.testing.assert_close(
        features, features[:1].expand(3, 2), rtol=0, atol=1e-10
    )  # of values up to 1e-4


def test_catmull_rom_reproduces_quadratics_inside():
    level = Level(12, 144, hashed=False, cells="aligned", interpolation="catmull-rom")
    quadratic = lambda y, x: 2 * y**2 - x**2 + 3 * x * y - y + 0.5  # noqa: E731
    points = 1 / 11 + torch.rand(200, 2) * 9 / 11
    actual = look_up(lattice_values(12, quadratic), points, level)
    torch.testing.assert_close(actual[:, 0], quadratic(*points.T), rtol=0, atol=2e-6)


def test_bspline_of_squares_is_the_square_plus_a_third():
    level = Level(12, 144, hashed=False, cells="aligned", interpolation="bspline")
    points = 1 / 11 + torch.rand(200, 2) * 9 / 11
    actual = look_up(lattice_values(12, lambda y, x: (11 * x) ** 2 + 0 * y), points, level)
    torch.testing.assert_close(actual[:, 0], (11 * points[:, 1]) ** 2 + 1 / 3, rtol=0, atol=1e-4)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_weights_are_a_partition_of_unity(interpolation):
    _, weights = taps(torch.linspace(0, 1, 501), 9, "scaled", interpolation)
    torch.testing.assert_close(weights.sum(dim=0), torch.ones(501), rtol=0, atol=1e-6)


def test_taps_take_all_levels_at_once():
    coordinate = torch.rand(20)
    indices, weights = taps(coordinate, torch.tensor([[3], [8]]), "scaled", "linear")
    for i, resolution in enumerate((3, 8)):
        one_index, one_weight = taps(coordinate, resolution, "scaled", "linear")
        assert torch.equal(indices[:, i], one_index) and torch.equal(weights[:, i], one_weight)


@pytest.mark.parametrize("shape", [(31, 27), (9, 50), (50, 9), (1, 6)])
@pytest.mark.parametrize("indexing", ["dense", "hash"])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_products_and_compiled_loops_agree(shape, indexing, interpolation):
    level = Level(20, 400, indexing == "hash", "scaled", interpolation)
    forms = [BoundLevel(level, shape, CPU, products) for products in (True, False)]
    values = torch.randn(3, len(forms[0].rows), requires_grad=True)
    upstream = torch.randn(1, 3, *shape)
    results = []
    for bound in forms:
        features = Interpolate.apply([bound], values)
        results.append((features, *torch.autograd.grad(features, values, upstream)))
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def test_shared_rows_are_summed_without_atomics_too():
    position = torch.tensor([2, 0, 2, 1, 2, 0])
    values = torch.arange(1.0, 7.0)[None]
    padded = torch.nn.functional.pad(values, (0, 1))
    assert padded[:, sources(position)].sum(dim=-1).tolist() == [[8.0, 4.0, 9.0]]


def test_a_half_precision_plane_is_stored_and_read_as_half():
    encoder = multigrid.build(2, **SMALL, plane={"resolution": 5, "precision": "float16"})
    assert encoder.plane.table.dtype == torch.float16
    view = encoder.on_grid((7, 7))
    with torch.no_grad():
        view.values[0].copy_(torch.randn(2, 25))
    trained = view()[:2]
    rounded = view.values[0].detach().half().float()
    wanted = look_up(rounded.T, grid_points((7, 7)), encoder.plane.level)
    torch.testing.assert_close(trained.T, wanted, rtol=0, atol=1e-6)
    view.write_back()
    torch.testing.assert_close(encoder.plane.plain(grid_points((7, 7))), wanted, rtol=0, atol=1e-6)


def test_untouched_rows_keep_their_values():
    encoder = multigrid.build(2, **{**SMALL, "max_resolution": 32, "levels": 2})
    before = encoder.tables[1].detach().clone()
    view = encoder.on_grid((3, 3))
    with torch.no_grad():
        view.values[1].add_(1.0)
    view.write_back()
    changed = (encoder.tables[1] != before).all(dim=1)
    assert changed.sum() == len(view.bound[1].rows) == 25  # 5 of 32 lattice points per axis


def test_parameters_by_hand():
    strict = {"base_resolution": 1, "max_resolution": 32, "levels": 16, "features": 2, "table_size": 2**19}
    smoothing = {"networks": "shared", "expansion": 2, "normalized": False}
    encoder = multigrid.build(
        2, **strict, smoothing=smoothing, weighted_sum={"hidden": 64, "activation": "relu"}
    )
    count = lambda module: sum(parameter.numel() for parameter in module.parameters())  # noqa: E731
    assert count(encoder.fusion.smoother.networks) == 22
    assert count(encoder.fusion.predictor) == 1232
    assert sum(table.numel() for table in encoder.tables) == 2 * sum(r * r for r in STRICT)
    assert encoder.out_dim == 2
    assert multigrid.build(2, **strict, plane={"resolution": "max"}).out_dim == 34


def test_wrong_smoothing_keys_are_named():
    with pytest.raises(UserError, match=r"smoothing: .* it takes: networks, expansion, normalized, residual"):
        multigrid.build(2, **SMALL, smoothing={"networks": "shared", "norm": True})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"plane": {"resolution": "large"}}, "plane.resolution is 'large'"),
        ({"plane": {"resolution": 0}}, "plane.resolution is 0"),
        ({"plane": {"resolution": 4, "lookup": "wrong"}}, "known: dense, grid-sample, grid-sample-expanded"),
        ({"plane": {}}, "plane: missing a required argument: 'resolution'"),
        ({"progression": {"start": 1, "every": 2}}, "it takes: start, add, every_fraction, fade"),
        ({"weighted_sum": {"hidden": 4}}, "weighted_sum: missing a required argument: 'activation'"),
        ({"weighted_sum": {"hidden": 4, "activation": "tanh"}}, "known: relu, gelu"),
        ({"smoothing": {"networks": "one", "expansion": 2, "normalized": True}}, "known: shared, per-level"),
    ],
)
def test_wrong_parts_are_explained(options, message):
    with pytest.raises(UserError, match=message):
        multigrid.build(2, **SMALL, **options)
