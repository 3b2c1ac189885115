"""Entropy coders: what was written comes back, in hardly more bytes than the model's entropy."""

import lzma
import math
import zlib

import numpy as np
import pytest
from fieldbench.compression import entropy

RANDOM = np.random.default_rng(3)
ARRAYS = {
    "empty": np.zeros(0, int),
    "one": np.array([-7]),
    "constant": np.full(1000, 5),
    "two-values": RANDOM.integers(0, 2, 5000) * 1000 - 3,
    "skewed": (RANDOM.random(20000) < 0.003).astype(int),
    "laplace": np.rint(RANDOM.laplace(0, 3, 20000)).astype(int),
    "outliers": np.concatenate([np.rint(RANDOM.normal(0, 9, 5000)), [-8_388_607, 8_388_607]]).astype(int),
    "planes": RANDOM.integers(-2, 3, (3, 5, 7)),
}


def histogram_coded(array):
    writer = entropy.Writer()
    writer.histogram(array)
    return writer.bytes()


@pytest.mark.parametrize("name", ARRAYS)
def test_a_histogram_coder_returns_what_it_got(name):
    array = ARRAYS[name]
    found = entropy.Reader(histogram_coded(array)).histogram(array.size)
    assert np.array_equal(found, array.reshape(-1))


@pytest.mark.parametrize("name", ["two-values", "skewed", "laplace"])
def test_a_histogram_coder_is_within_one_per_cent_of_the_entropy(name):
    array = ARRAYS[name]
    table = 12 + 2 * len(np.unique(array))
    assert len(histogram_coded(array)) <= 1.01 * entropy.entropy_bits(array) / 8 + table


def test_entropy_by_hand():
    assert entropy.entropy_bits(np.array([4, 4, 4, 4])) == 0
    assert entropy.entropy_bits(np.array([0, 1, 0, 1])) == pytest.approx(4)
    assert entropy.entropy_bits(np.array([0, 0, 0, 9])) == pytest.approx(4 * 0.8112781245)


def test_a_symbol_beyond_the_range_is_refused():
    with pytest.raises(ValueError, match="beyond 2\\^23"):
        histogram_coded(np.array([0, 2**23]))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 50])
def test_streams_of_every_length_are_whole(size):
    """Trailing bytes that the coder can add are left out of the file."""
    for start in range(40):
        values = (np.arange(size) * 977 + start) % 2**16
        writer = entropy.Writer()
        writer.uniform(values, np.full(size, 2**16))
        assert np.array_equal(entropy.Reader(writer.bytes()).uniform(np.full(size, 2**16)), values)
        assert len(writer.bytes()) <= 2 * size + 4


def test_integers_cost_two_bits_per_doubling():
    values = np.array([0, 1, 2, 6, 7, 100, 2**24 - 2])
    writer = entropy.Writer()
    writer.integers(values)
    assert np.array_equal(entropy.Reader(writer.bytes()).integers(len(values)), values)
    ideal = sum(2 * math.floor(math.log2(value + 1)) + 1 for value in values)
    assert len(writer.bytes()) <= ideal / 8 + 4


@pytest.mark.parametrize("scale", [0.3, 1.0, 9.0])
def test_laplace_coding_returns_what_it_got_near_the_entropy_of_the_distribution(scale):
    symbols = np.rint(RANDOM.laplace(0, scale, (40, 300))).astype(int)
    number = entropy._scale_index(np.abs(symbols).mean())
    writer = entropy.Writer()
    writer.laplace(symbols, number)
    assert np.array_equal(entropy.Reader(writer.bytes()).laplace(symbols.shape, number), symbols)
    bits = entropy.weight_bits(symbols)
    assert len(writer.bytes()) <= 1.002 * bits / 8 + 8
    edge = symbols[..., None] + [-0.5, 0.5]
    width = entropy._scale(number)
    cumulative = np.where(edge < 0, np.exp(edge / width) / 2, 1 - np.exp(-edge / width) / 2)
    assert bits == pytest.approx(-np.log2(np.diff(cumulative)).sum(), rel=0.01)


def test_a_laplace_model_by_hand():
    """Mean magnitude and so scale 1: P(0) = 1 - exp(-1/2), P(n) = sinh(1/2) exp(-n)."""
    bits = [entropy.weight_bits(np.array(symbols)) for symbols in ([0, 2, 1, -1], [0, 2, 0, 2])]
    assert bits[0] - bits[1] == pytest.approx(math.log2((1 - math.exp(-0.5)) / math.sinh(0.5)), rel=1e-9)


def test_the_exponential_without_a_library():
    x = np.concatenate([-np.logspace(-6, 2.8, 50), [0.0]])
    np.testing.assert_allclose(entropy._exponential(x), np.exp(x), rtol=1e-11)


def test_weights_come_back_rounded_to_their_steps():
    tensors = [
        RANDOM.normal(0, 0.3, (16, 24)),
        np.zeros((3,)),
        RANDOM.normal(0, 1e-4, 16),
        np.array([1000.0]),
    ]
    exponents = [entropy.weight_exponent(tensor, 8) for tensor in tensors]
    data = entropy.encode_weights(tensors, exponents)
    found = entropy.decode_weights(data, [tensor.shape for tensor in tensors])
    for tensor, exponent, got in zip(tensors, exponents, found, strict=True):
        assert got.dtype == np.float32 and got.shape == tensor.shape
        assert np.abs(got - tensor).max() <= 2.0**-exponent / 2
        assert np.abs(np.rint(got * 2.0**exponent)).max() < 256
    assert len(data) < 24 * 16 + 60


def test_a_stream_that_goes_on_or_holds_what_no_writer_writes_is_refused():
    writer = entropy.Writer()
    writer.integers(np.arange(200))
    reader = entropy.Reader(writer.bytes())
    reader.integers(20)
    with pytest.raises(ValueError, match="does not end"):
        reader.finish()
    writer = entropy.Writer()
    writer.integers(np.array([999_999, 0, 0]))
    with pytest.raises(ValueError, match="1000000 different symbols among 5"):
        entropy.Reader(writer.bytes()).histogram(5)
    writer = entropy.Writer()
    writer.integers(np.array([22]))
    with pytest.raises(ValueError, match="symbols of 22 bits"):
        entropy.Reader(writer.bytes()).laplace((2,), 3)


@pytest.mark.parametrize("content", [bytes(100), bytes(99), bytes(1_000_000)])
@pytest.mark.parametrize("by", [zlib, lzma])
def test_nothing_is_inflated_beyond_its_size(content, by):
    packed = zlib.compress(content) if by is zlib else lzma.compress(content, lzma.FORMAT_ALONE)
    if len(content) == 100:
        assert entropy.inflate(packed, 100, by) == content
        with pytest.raises(ValueError, match="does not hold the 100 bytes"):
            entropy.inflate(packed + b"more", 100, by)
    else:
        with pytest.raises(ValueError, match="does not hold the 100 bytes"):
            entropy.inflate(packed, 100, by)
