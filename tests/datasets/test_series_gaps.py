"""What own series lack: what is left out and said, what is asked, and what is taken as a value."""

import numpy as np
import pytest
from fieldbench.datasets import _gaps
from fieldbench.errors import UserError

from tests.datasets.seas import MONTHS, changed, cyclic, land, sea, stacked


def test_what_is_left_out_is_said(load_sea):
    assert "Left out: 5 cells that lie where another one does." in load_sea(cyclic, {}).attrs["notes"]
    levels = stacked("depth", [0.494, 1.5, 2.6])
    assert (
        "depth is 0.494, the nearest to 0."
        in load_sea(lambda: levels, {"select": {"depth": 0}, "nearest": True}).attrs["notes"]
    )
    assert "nearest" not in load_sea(lambda: levels, {"select": {"depth": 1.5}}).attrs["notes"]
    data = load_sea(lambda: changed((7, 1, [0, 1]), np.nan), {})
    assert data.sizes["point"] == 25
    assert (
        "Left out: 2 of 27 cells lack a value in some field (field 2010-08-16 lacks 2)."
        in data.attrs["notes"]
    )


def test_cells_or_fields_with_gaps_are_left_out_as_asked(load_sea):
    def bad_months():
        data = changed((7, slice(None), slice(3)), np.nan)
        data["sst"].values[20] = np.nan
        return data

    fields = load_sea(bad_months, {"gaps": "fields"})
    assert fields.sizes["point"] == 27 and "Left out: 2 of 48 fields" in fields.attrs["notes"]
    assert sum(fields.sizes[f"{split}_field"] for split in ("train", "validation", "test")) == 46
    cells = load_sea(lambda: bad_months().isel(time=slice(20)), {"gaps": "cells"})
    assert (
        cells.sizes["point"] == 14
        and sum(cells.sizes[f"{s}_field"] for s in ("train", "validation", "test")) == 20
    )


def test_values_that_look_missing_are_taken_where_they_are_said_to_be_values(load_sea):
    assert load_sea(lambda: land(-999), {"missing": []}).sizes["point"] == 30
    assert load_sea(lambda: changed((5, 1, 1), 1e30), {"missing": [1e30]}).sizes["point"] == 26


@pytest.mark.parametrize("marker", [-99, -999.9, 1e20])
def test_markers_that_come_and_go_are_found_in_data_of_a_wide_range(load_sea, marker):
    def rivers():
        rng = np.random.default_rng(1)
        values = 5000 * rng.gamma(0.5, size=(MONTHS, 5, 6))
        values[rng.integers(MONTHS, size=5), 2, 3] = marker
        return sea().assign(sst=(("time", "lat", "lon"), values, {"units": "m3 s-1"}))

    with pytest.raises(UserError, match=r"set `missing: \[" + f"{marker:.7g}".replace("+", r"\+")):
        load_sea(rivers, {})


def test_a_bound_that_other_cells_meet_too_is_no_marker(load_sea):
    def freezing():
        data = sea()
        values = np.maximum(data["sst"], 14)
        values[:, 0, 0] = 14  # the rest of that row is at 14 now and then
        return data.assign(sst=values.assign_attrs(units="degC"))

    assert load_sea(freezing, {}).sizes["point"] == 27


def test_two_cells_of_a_hundred_that_never_change_are_asked_about():
    fields = np.random.default_rng(0).normal(size=(12, 10, 10))
    _gaps.ask_about(fields, "t")
    fields[:, 3, [4, 5]] = 0
    with pytest.raises(UserError, match="t: 2 of 100 cells hold 0 in every field"):
        _gaps.ask_about(fields, "t")
