"""Fields: known samples, levels, and the way through a data set."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.compression import field
from fieldbench.errors import UserError

HOW = {"kind": "variable", "units": "degC", "peak": 30.0, "levels": 0, "channels": ("t", "s")}


def values():
    whole = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    whole[1, 0, 2] = np.nan
    whole[0, 2, 3] = np.inf
    return whole


def test_a_sample_is_known_if_all_of_its_channels_are():
    made = field.make(values(), **HOW)
    assert made.shape == (3, 4)
    assert np.argwhere(~made.known).tolist() == [[0, 2], [2, 3]]
    assert np.isfinite(made.values).all() and made.values.dtype == np.float32
    assert made.values[0, 0, 2] == pytest.approx((66 - 2 - 11) / 10)


def test_a_data_set_and_back():
    made = field.make(values(), **HOW)
    data = field.to_dataset(made, title="sea")
    assert data["field"].dims == ("channel", "y", "x") and data.attrs["title"] == "sea"
    assert int(data["field"].isnull().sum()) == 4
    again = field.from_dataset(data)
    assert np.array_equal(again.values, made.values) and np.array_equal(again.known, made.known)
    assert (again.units, again.peak, again.levels, again.channels) == ("degC", 30.0, 0, ("t", "s"))


def test_a_video_keeps_its_frame_rate():
    film = np.zeros((3, 2, 4, 5), np.float32)
    how = {"kind": "video", "units": "1", "peak": 1.0, "levels": 256, "channels": tuple("RGB")}
    made = field.make(film, attributes={"frames_per_second": 25.0}, **how)
    assert field.from_dataset(field.to_dataset(made)).attributes == {"frames_per_second": 25.0}


def test_rounding_to_levels():
    made = field.make(np.array([[[-1.0, 0.499 / 255, 0.51 / 255, 2.0]]]), **{**HOW, "levels": 256})
    assert field.rounded(made).values.tolist() == [[[0, 0, np.float32(1) / np.float32(255), 1]]]
    assert field.rounded(field.make(values(), **HOW)).values.max() == 22


def test_what_is_no_field_is_refused():
    with pytest.raises(UserError, match="no known value"):
        field.make(np.full((1, 2, 2), np.nan), **HOW)
    with pytest.raises(UserError, match="cannot have 1 dimensions"):
        field.make(np.zeros((1, 2)), **HOW)
    with pytest.raises(UserError, match="lacks the attributes peak, levels"):
        field.from_dataset(xr.Dataset(attrs={"kind": "image", "units": "1"}))
