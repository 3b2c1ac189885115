"""PSNR of single views."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.radiance.report.views import view_psnr


def test_the_psnr_of_a_view_is_that_of_its_pixels():
    truth = np.full((2, 4, 5, 3), 100, np.uint8)
    rendered = truth.copy()
    rendered[1] = 151  # a fifth of white off: 20 log10 5 dB
    dims = ("view", "y", "x", "channel")
    views = xr.Dataset({"rendered": (dims, rendered), "truth": (dims, truth)})
    assert view_psnr(views)[1] == pytest.approx(13.979, abs=1e-3)
    assert view_psnr(views)[0] > 100
