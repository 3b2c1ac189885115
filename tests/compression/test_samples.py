"""Arrays of every type through a field: the bound, the type, and every missing value come back."""

from dataclasses import replace

import numpy as np
import pytest
from fieldbench.compression import samples
from fieldbench.compression.samples import Samples
from fieldbench.errors import UserError

ARRAYS = 50  # per type


def whole_numbers(random, dtype, shape):
    """Of a random range, at either end of the type, around zero, or all of it; as exact Python numbers first."""
    least, largest = (int(end) for end in (np.iinfo(dtype).min, np.iinfo(dtype).max))
    span = min(int(2 ** random.uniform(0, 64)), largest - least)
    start = [least, largest - span, max(least, -span // 2), least][random.integers(4)]
    shares = random.integers(0, 2**62, int(np.prod(shape)))
    return np.array([start + int(share) * span // 2**62 for share in shares.tolist()], dtype).reshape(shape)


def real_numbers(random, dtype, shape):
    """Of any magnitude that the type has, some on a large offset."""
    about = np.finfo(dtype)
    size = 10.0 ** random.uniform(np.log10(float(about.tiny)) + 1, np.log10(float(about.max)) - 1)
    values = size * (random.normal(0, 0.1, shape) + random.choice([0, 0, 1, -1]))
    return values.clip(-float(about.max) / 2.1, float(about.max) / 2.1).astype(dtype)


def random_part(random, dtype):
    shape = tuple(random.integers(1, 9, random.integers(1, 5)).tolist())
    known = random.random(shape) < random.choice([0.5, 0.9, 1.0])
    known.flat[0] = True
    if np.dtype(dtype).kind == "f":
        values = real_numbers(random, dtype, shape)
        values[~known] = random.choice([np.nan, np.inf, -np.inf, -999], int((~known).sum()))
    else:
        values = whole_numbers(random, dtype, shape)
        values[~known] = np.iinfo(dtype).max
        known = values != np.iinfo(dtype).max
        if not known.any():
            values.flat[0], known.flat[0] = 0, True
    return Samples(values, known)


def there_and_back(random, parts, error):
    """Through a field that a codec has made worse, in places by far."""
    field, entries = samples.to_field(parts)
    noise = random.standard_cauchy(field.values.shape) * random.choice([1e-3, 0.1, 10])
    decoded = replace(field, values=(field.values + noise).astype(np.float32))
    sections = samples.beside(parts, entries, decoded, error)
    return [values for values, _ in samples.restored(decoded, entries, parts[0].values.shape, sections)]


def bits(values):
    return values.view(f"u{values.dtype.itemsize}").tolist()


def exact_error(one, other):
    """The largest difference, without rounding: Python's whole numbers, or twice the precision."""
    if one.dtype.kind == "f":
        return np.abs(one.astype(np.longdouble) - other.astype(np.longdouble)).max()
    return max(abs(a - b) for a, b in zip(one.tolist(), other.tolist(), strict=True))


@pytest.mark.parametrize("dtype", samples.TYPES)
def test_the_bound_holds_for_every_known_value_of_every_type(dtype):
    random = np.random.default_rng(7)
    for _ in range(ARRAYS):
        part = random_part(random, dtype)
        known = part.values[part.known]
        span = float(known.max()) - float(known.min())
        bound = float(random.choice([0, 0.5, 0.6, 1, 1.6, 3, span * 1e-7, span * 1e-3, span / 10, span]))
        (found,) = there_and_back(random, [part], bound)
        assert found.dtype == part.values.dtype and found.shape == part.values.shape
        assert exact_error(found[part.known], known) <= bound
        assert bits(found[~part.known]) == bits(part.values[~part.known])


@pytest.mark.parametrize(
    ("dtype", "bound"),
    [("u1", 3.0), ("i2", 0.6), ("i2", 1.6), ("i4", 0.0), ("u4", 1.0), ("i8", 2.0), ("u8", 0.0)],
)
def test_both_ends_of_whole_types_are_kept(dtype, bound):
    ends = np.iinfo(dtype)
    values = np.array([[ends.min, ends.max, ends.min + 1], [ends.max - 1, ends.min, ends.max]], dtype)
    part = Samples(values, np.ones(values.shape, bool))
    for seed in range(5):
        (found,) = there_and_back(np.random.default_rng(seed), [part], bound)
        assert exact_error(found.reshape(-1), values.reshape(-1)) <= bound


def test_slices_have_masks_of_their_own():
    random = np.random.default_rng(1)
    values = random.normal(size=(3, 2, 5, 6)).astype("f4")
    values[0, :, :2], values[2, 1, 3:] = np.nan, np.inf
    (found,) = there_and_back(random, [Samples(values, np.isfinite(values))], 0.01)
    assert np.array_equal(np.isfinite(found), np.isfinite(values)) and np.isinf(found[2, 1, 3:]).all()
    there = np.isfinite(values)
    assert np.abs(found[there].astype(float) - values[there]).max() <= 0.01


def test_a_known_value_is_never_taken_for_a_missing_one():
    """Fill 0 amid values from -3 to 3: without a bound decoding would give zeros."""
    values = np.tile(np.array([-3, -2, 0, 2, 3], "i1"), (4, 2))
    for seed in range(5):
        (found,) = there_and_back(np.random.default_rng(seed), [Samples(values, values != 0)], None)
        assert np.array_equal(found == 0, values == 0)


def test_packed_values_are_bounded_in_their_measurements_unit():
    stored = np.arange(-50, 50, dtype="i2").reshape(10, 10)
    part = Samples(stored, np.ones((10, 10), bool), "degC", scale=-0.01, offset=10.0)
    for bound in (0.05, 0.0349, 0.004):
        (found,) = there_and_back(np.random.default_rng(3), [part], bound)
        measured = [10 - 0.01 * values.astype(float) for values in (stored, found)]
        assert np.abs(measured[0] - measured[1]).max() <= bound
        assert part.error(found) == pytest.approx(np.abs(measured[0] - measured[1]).max(), abs=1e-12)


def test_arrays_of_one_unit_share_a_scale_and_others_do_not():
    short, tall = np.array([[0.0, 1.0]]), np.array([[5.0, 15.0]])
    known = np.ones((1, 2), bool)
    field, _ = samples.to_field([Samples(short, known, "m"), Samples(tall, known, "m")])
    assert field.values.reshape(2, 2).tolist() == [[0, np.float32(0.1)], [0, 1]]
    field, _ = samples.to_field([Samples(short, known, "m"), Samples(tall, known, "K")])
    assert field.values.reshape(2, 2).tolist() == [[0, 1], [0, 1]]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        (np.full((2, 2), np.nan), "no known value"),
        (np.array([-1.7e308, 1.7e308]), "more than double precision"),
        (np.zeros((1, 1, 1, 1, 2)), "has 5 dimensions"),
    ],
)
def test_what_cannot_be_a_field_is_refused(values, complaint):
    with pytest.raises(UserError, match=complaint):
        samples.to_field([Samples(values, np.isfinite(values))])
