"""Coders of whole numbers: what they keep, what they refuse, how small they are where that is known."""

import numpy as np
import pytest
from fieldbench.compression import foreign, integers
from fieldbench.compression.search import ALL, OWN, Search
from fieldbench.errors import UserError
from fieldbench.kernels import interpolation_coder, raster_coder

SHAPES = ((1, 1, 9), (1, 7, 1), (1, 17, 23), (3, 9, 10), (5, 4, 6), (2, 2, 9, 8), (40,))
REAL = ("sz3", "sperr")


def waves(shape, seed=0, size=3000, noise=3.0):
    """Whole numbers of smooth waves and a little noise."""
    random = np.random.default_rng(seed)
    axes = np.meshgrid(*(np.linspace(0, 2, side) for side in shape), indexing="ij")
    smooth = size * np.sin(sum((n + 1) * axis for n, axis in enumerate(axes)) + 1)
    return np.rint(smooth + random.normal(0, noise, shape)).astype(np.int64)


def gaps(shape, seed=1):
    known = np.random.default_rng(seed).random(shape) < 0.8
    known.flat[0] = True
    return known


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("slack", [0, 1, 40])
def test_no_known_number_is_off_by_more_than_the_slack(name, shape, slack):
    values, known = waves(shape), gaps(shape)
    data = integers.encode(name, values, known, slack)
    found = integers.decode(name, data, known, slack)
    assert found.shape == shape and found.dtype == np.int64
    assert np.abs(found - values)[known].max() <= slack and not found[~known].any()
    assert integers.encode(name, values, known, slack) == data


@pytest.mark.parametrize("name", ["jpegxl", *REAL])
def test_libraries_keep_the_slack_read_in_a_process_apart(name):
    for shape in ((1, 24, 31), (3, 16, 17)):
        values, known = waves(shape), gaps(shape)
        found = integers.decode(name, integers.encode(name, values, known, 40), known, 40)
        assert np.abs(found - values)[known].max() <= 40


@pytest.mark.parametrize("name", ["interpolated", "predicted"])
def test_numbers_up_to_the_largest_come_back(name):
    random, most = np.random.default_rng(3), integers.LARGEST - 1
    values = random.integers(-most, most, (2, 8, 9))
    values[0, 0, :3] = [most, -most, 0]
    every = np.ones(values.shape, bool)
    assert np.array_equal(integers.decode(name, integers.encode(name, values, every, 0), every, 0), values)
    values[1, 1, 1] = integers.LARGEST
    with pytest.raises(integers.Unsuited, match="numbers beyond"):
        integers.encode(name, values, every, 0)


def test_magnitudes_take_numbers_of_any_size():
    values = np.array([[2**62, -(2**62), 2**63 - 1, -(2**63), 5]])
    every = np.ones(values.shape, bool)
    found = integers.decode("magnitude", integers.encode("magnitude", values, every, 0), every, 0)
    assert np.array_equal(found, values)


def test_a_prediction_learns_a_linear_law():
    """Each number is the sum of its neighbours left and above less a part of the one between: noise is left."""
    random = np.random.default_rng(5)
    values = np.cumsum(np.cumsum(random.integers(-40, 41, (1, 60, 60)), axis=1), axis=2)
    every = np.ones(values.shape, bool)
    uniform = 3600 * np.log2(81) / 8
    assert len(integers.encode("predicted", values, every, 0)) < 1.25 * uniform


def test_noise_takes_about_its_entropy():
    values = np.rint(np.random.default_rng(2).normal(0, 20, (1, 100, 100))).astype(np.int64)
    every = np.ones(values.shape, bool)
    entropy = 0.5 * np.log2(2 * np.pi * np.e * 400) * 10_000 / 8
    for name in ("predicted", "interpolated"):
        assert 0.99 * entropy < len(integers.encode(name, values, every, 0)) < 1.2 * entropy


def test_a_cubic_along_an_axis_is_interpolated_without_a_remainder():
    """What is left are the first points and the ends: some bytes for 4,225 samples of a cubic of x and y."""
    y, x = np.mgrid[-32:33, -32:33]
    values = (16**3 * (x**3 + 2 * y**3 - 5 * x * y))[None].astype(np.int64)
    every = np.ones(values.shape, bool)
    assert (
        len(integers.encode("interpolated", values, every, 0))
        < len(integers.encode("magnitude", values, every, 0)) / 8
    )


def test_a_sharper_bound_on_coarse_grids_is_kept_on_all():
    values, known = waves((1, 40, 50), size=10**6), gaps((1, 40, 50))
    for sharpening in range(len(interpolation_coder.SHARPENING)):
        data = interpolation_coder.encode(values, known, 1000, sharpening, False)
        found = interpolation_coder.decode(data, known, 1000, sharpening, False)
        assert np.abs(found - values)[known].max() <= 1000


@pytest.mark.parametrize("coder", [raster_coder, interpolation_coder])
def test_a_stream_that_ends_before_or_after_its_numbers_is_refused(coder):
    values, known = waves((1, 20, 20)), gaps((1, 20, 20))
    how = (0, 0, False) if coder is interpolation_coder else ()
    data = coder.encode(values, known, *how)
    for wrong in (data[: len(data) // 2], data + b"\0", data + b"xyz", b""):
        with pytest.raises(ValueError, match="does not end with its numbers"):
            coder.decode(wrong, known, *how)


@pytest.mark.parametrize("name", ["interpolated", "predicted", "jpegxl", *REAL])
def test_a_stream_may_not_say_more_than_its_size_explains(name):
    """A hundred bytes that claim 4 million numbers make no work."""
    with pytest.raises(integers.Unsuited, match="4,194,304 numbers in 100 bytes"):
        integers.decode(name, bytes(100), np.ones((2048, 2048), bool), 1)


def test_a_library_that_fails_leaves_a_sentence_and_this_process():
    for stream in (b"", b"nothing of the kind", bytes(300)):
        for library in ("jpegxl", *REAL):
            with pytest.raises(ValueError, match=f"no stream of {library}|takes too long"):
                foreign.decode(library, stream, (1, 30, 40))


def test_a_library_has_no_more_memory_than_its_numbers_explain(monkeypatch):
    data = foreign.encode("jpegxl", np.zeros((30, 40), np.uint8))
    assert foreign.decode("jpegxl", data, (1, 30, 40)).shape == (1, 30, 40)
    monkeypatch.setattr(foreign, "BYTES", 2**20)
    with pytest.raises(ValueError, match="no stream"):
        foreign.decode("jpegxl", data, (1, 30, 40))


def test_the_smallest_is_chosen_and_what_others_took_is_said():
    values, known = waves((1, 30, 31)), gaps((1, 30, 31))
    search = Search(ALL)
    name, data = search.smallest(values, known, 5)
    sizes = {one: len(integers.encode(one, values, known, 5)) for one in ALL}
    assert len(data) == min(sizes.values()) == sizes[name] and search.sizes == sizes
    assert all(f"{one} {size:,}" in search.report() for one, size in sizes.items())


def test_without_time_the_first_that_takes_the_numbers_is_chosen():
    values = waves((1, 9, 9)) + integers.LARGEST
    search = Search(("predicted", "magnitude", "interpolated"), seconds=0.0)
    name, _ = search.smallest(values, np.ones(values.shape, bool), 0)
    assert name == "magnitude" and "numbers beyond" in search.left_out["predicted"]
    assert search.left_out["interpolated"] == "no time was left"


def test_numbers_that_no_coder_takes_are_a_sentence():
    with pytest.raises(UserError, match="No coder takes these numbers"):
        Search(("sz3",)).smallest(waves((1, 9, 9)), np.ones((1, 9, 9), bool), 0)
