"""Pictures as they stand in the report."""

import base64
import io

import numpy as np
import pytest
from fieldbench.report.pictures import LARGEST, coloured, photograph, scale
from matplotlib.colors import Normalize
from PIL import Image


def pixels(address):
    """(y, x, 3) of a `data:` address, from 0 to 255."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB"))


def test_the_first_row_is_at_the_bottom_and_what_is_unknown_is_grey():
    shown = pixels(coloured(np.array([[0.0, 1.0], [np.nan, 5.0]]), "gray", Normalize(0, 1)))
    assert shown[1, 0].tolist() == [0, 0, 0] and shown[1, 1].tolist() == [255] * 3
    assert shown[0, 0].tolist() == [191] * 3 and shown[0, 1].tolist() == [255] * 3  # beyond the scale


def test_a_photograph_keeps_its_colours_and_its_top():
    values = np.zeros((40, 40, 3))
    values[:20, :, 0] = 1.0
    shown = pixels(photograph(values)).astype(int)
    assert shown[5, 20] == pytest.approx([255, 0, 0], abs=12) and shown[35, 20] == pytest.approx(
        [0, 0, 0], abs=12
    )


def test_large_maps_are_thinned():
    assert max(pixels(coloured(np.ones((3 * LARGEST, 10)), "gray", Normalize(0, 1))).shape[:2]) <= LARGEST


def test_a_scale_tells_its_ends_with_their_unit():
    made = scale("gray", Normalize(-1500.0, 2.5), "G")
    assert (made.low, made.high) == ("-1,500 G", "2.500 G")
    assert made.colours[0] == "#000000" and made.colours[-1] == "#ffffff"
