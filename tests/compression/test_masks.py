"""Masks: they come back, and take little where they are coherent or repeated."""

import zlib

import numpy as np
import pytest
from fieldbench.compression import masks
from fieldbench.compression.masks import decode_mask, encode_mask


@pytest.mark.parametrize("shape", [(40, 50), (1, 5), (3, 20, 21), (2, 3, 8, 9), (7,)])
def test_masks_come_back(shape):
    for share in (0.0, 0.1, 0.5, 1.0):
        known = np.random.default_rng(1).random(shape) < share
        assert np.array_equal(decode_mask(encode_mask(known), shape), known)


def test_equal_slices_of_a_mask_are_written_once():
    disc = np.add.outer((np.arange(50) - 20) ** 2, (np.arange(60) - 30) ** 2) > 200
    one = encode_mask(disc)
    assert encode_mask(np.repeat(disc[None], 9, 0)) == b"r" + one

    assert len(one) < 0.8 * len(zlib.compress(np.packbits(disc).tobytes(), 9))


def test_masks_that_are_too_large_to_predict_are_packed(monkeypatch):
    monkeypatch.setattr(masks, "MOST", 10)
    known = np.random.default_rng(1).random((20, 21)) < 0.5
    data = encode_mask(known)
    assert data[:1] in (b"z", b"x") and np.array_equal(decode_mask(data, known.shape), known)


def test_a_mask_of_another_size_is_refused():
    data = encode_mask(np.random.default_rng(2).random((20, 21)) < 0.5)
    with pytest.raises(ValueError, match="does not"):
        decode_mask(data, (20, 25))
