"""Tiles of a map give what the whole map gives: exactly pixel by pixel, and far below the noise where pixels share."""

import json

import numpy as np
import pytest
import xarray as xr
from fieldbench import io
from fieldbench.errors import Unsuitable
from fieldbench.inversion import pixelwise, regularized, tiles
from fieldbench.physics import folds

SHAPE = (150, 12)
LEVEL, SLOPE = 30.0, 1e-4  # the noise of the field in G; of the profile per G
TOLERANCE = 1e-3  # of the noise, at a seam


def sampled(truth, seed=0):
    """The problem of a field (component, y, x) seen at four wavelengths, a tenth of its pixels and a corner masked."""
    rng = np.random.default_rng(seed)
    slope = SLOPE * np.exp(0.2 * rng.normal(size=truth.shape))[..., None] * np.ones(4)
    observed = slope * truth[..., None] + 2 * SLOPE * LEVEL * rng.normal(size=slope.shape)
    parts = [folds.sums(*maps, 4) for maps in zip(observed, slope, strict=True)]
    training = rng.random(truth.shape[1:]) < 0.9
    training[40:48, :7] = False
    maps = {
        "curvature": (slope**2).mean(-1),
        "optimum": (slope * observed).mean(-1) / (slope**2).mean(-1),
    }
    return xr.Dataset(
        {name: (("component", "y", "x"), values) for name, values in maps.items()}
        | {
            name: (("component", "fold", "y", "x"), np.stack([part[name] for part in parts]))
            for name in folds.SUMS
        }
        | {"training": (("y", "x"), training), "wavelengths_used": ("component", [4] * len(truth))},
        coords={"component": ["b_los", "b_q", "b_u"][: len(truth)], "y": np.arange(truth.shape[1])},
    )


@pytest.fixture(scope="module")
def problem():
    rows, columns = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]] / 24
    return sampled(np.stack([300 * np.sin(3 * rows + 2 * columns), 300 * np.cos(rows)]))


@pytest.fixture(scope="module")
def file(problem, tmp_path_factory):
    path = tmp_path_factory.mktemp("tiles") / "weak_field.nc"
    io.save_dataset(problem, path)
    return path


def by_tiles(kind, problem, file, count, **changes):
    settled = json.loads(json.dumps(tiles.settle(kind, problem, {}))) | changes
    return tiles.join([tiles.infer(kind, file, settled, tile, count) for tile in range(count)])


@pytest.mark.parametrize(("rows", "count"), [(10, 3), (7, 7), (5, 8), (2000, 4)])
def test_each_row_is_one_tiles_own(rows, count):
    own = [range(rows)[tiles.own_rows(rows, tile, count)] for tile in range(count)]
    assert [row for part in own for row in part] == list(range(rows))
    assert max(map(len, own)) - min(map(len, own)) <= 1


@pytest.mark.parametrize("count", [1, 10])
def test_pixel_by_pixel_tiles_are_exact(problem, file, count):
    xr.testing.assert_identical(by_tiles("pixelwise", problem, file, count), pixelwise.invert(problem))


def test_pixels_are_filled_from_beyond_the_tile(problem, file):
    whole, alone = pixelwise.invert(problem), by_tiles("pixelwise", problem, file, 10, margin=0)
    filled = ~problem["training"].values
    assert (alone.field.values != whole.field.values)[:, filled].any()


def test_smoothed_tiles_are_the_whole_map_far_below_the_noise(problem, file):
    whole, joined = regularized.invert(problem), by_tiles("regularized", problem, file, 3)
    assert joined.attrs == whole.attrs and joined.field.dims == whole.field.dims
    np.testing.assert_allclose(joined.field, whole.field, atol=TOLERANCE * LEVEL, rtol=0)
    roughly = np.sqrt(np.mean((joined.left_out - whole.left_out) ** 2))
    assert roughly < 0.05 * LEVEL


def test_without_their_margin_tiles_would_show_seams(problem, file):
    whole, alone = regularized.invert(problem), by_tiles("regularized", problem, file, 3, margin=0)
    assert np.abs(alone.field - whole.field).max() > 0.1 * LEVEL


def test_the_margin_is_part_of_the_map_and_small(problem):
    margin = tiles.settle("regularized", problem, {})["margin"]
    assert 10 < margin < SHAPE[0] / 3


def test_depth_is_the_way_to_data():
    training = np.array([[True, False, False, False], [False, False, False, False]])
    assert tiles.depth(training) == 4  # sqrt(1 + 9), rounded up
    assert tiles.depth(np.ones((2, 2), bool)) == 0


def test_weights_compared_on_blocks_of_a_large_map_are_about_those_of_all_of_it(monkeypatch):
    rows, columns = np.mgrid[0:96, 0:96] / 24
    large = sampled(np.stack([300 * np.sin(3 * rows + 2 * columns)]))
    whole = regularized.invert(large).attrs["alpha_b_los"]
    monkeypatch.setattr(regularized, "COMPARED", 2304)
    monkeypatch.setattr(regularized, "BLOCK", 24)
    blocks = regularized.invert(large)
    assert abs(np.log10(blocks.attrs["alpha_b_los"] / whole)) <= 0.25
    assert blocks.left_out.shape == (4, 1, 96, 96)


def test_blocks_of_a_large_map_are_where_data_are(monkeypatch):
    monkeypatch.setattr(regularized, "COMPARED", 400)
    monkeypatch.setattr(regularized, "BLOCK", 10)
    training = np.zeros((40, 40), bool)
    training[5, 25], training[33, 31] = True, True
    found = {(y.start, x.start) for y, x in regularized._blocks(training)}
    assert found == {(0, 20), (30, 30)}


def test_the_product_without_a_matrix_is_that_with_it():
    rng = np.random.default_rng(1)
    weight, field = rng.random((7, 5)), rng.normal(size=(7, 5)).ravel()
    matrix = regularized._matrix(weight, 0.3)
    np.testing.assert_array_equal(regularized._operator(weight, 0.3) @ field, matrix.tocsr() @ field)


def test_where_nothing_was_settled_the_reason_is_handed_on(tmp_path):
    place = tmp_path / "settled.json"
    place.write_text(json.dumps({tiles.FAILED: "no data"}))
    with pytest.raises(Unsuitable, match="no data"):
        tiles.read(place)
    place.write_text(json.dumps({"rows": 3}))
    assert tiles.read(place) == {"rows": 3}
