"""`fieldbench map`: from observations to a map with its uncertainty, a page, and a study that can be asked again."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from fieldbench import cli, io
from fieldbench.errors import UserError
from fieldbench.sparse.delivery import judged, methods
from fieldbench.sparse.delivery.mapping import map_observations

LATITUDES, LONGITUDES = np.arange(30.0, 42), np.arange(350.0, 364) % 360  # across the first meridian
LAND = (slice(0, 2), slice(0, 3))
TIMES = pd.date_range("2010-01-01", periods=72, freq="MS")
MADE = {"methods": ["nearest", "kriging"], "cores": 1, "value": "sst"}


def truth(latitude, longitude, phase=0.0):
    """A smooth field that knows of no first meridian, degC."""
    east = (np.asarray(longitude) + 180) % 360 - 180
    return 20 + 3 * np.sin(0.4 * np.asarray(latitude) + phase) + 2 * np.cos(0.5 * east + phase)


def on_grid(phase=0.0):
    """The field on the grid, land missing."""
    field = truth(LATITUDES[:, None], LONGITUDES, phase)
    field[LAND] = np.nan
    return field


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """90 gauges with noise of 0.1 degC, a grid, and six years of fields with phases of their own."""
    folder, rng = tmp_path_factory.mktemp("maps"), np.random.default_rng(0)
    latitude, longitude = rng.uniform(30, 41, 90), rng.uniform(-10, 3, 90)
    values = truth(latitude, longitude) + 0.1 * rng.standard_normal(90)
    gauges = {"lat": latitude, "lon": longitude, "sst [degC]": values, "sst_error": 0.1, "time": "2013-02-10"}
    pd.DataFrame(gauges).to_csv(folder / "gauges.csv", index=False)
    axes = {
        "lat": ("lat", LATITUDES, {"units": "degrees_north"}),
        "lon": ("lon", LONGITUDES, {"units": "degrees_east"}),
    }
    about = {"units": "degC"}
    xr.Dataset({"sst": (("lat", "lon"), on_grid(), about)}, axes).to_netcdf(folder / "grid.nc")
    past = np.stack([on_grid(phase) for phase in rng.normal(0, 0.5, len(TIMES))])
    series = xr.Dataset({"sst": (("time", "lat", "lon"), past, about)}, {**axes, "time": TIMES})
    series.to_netcdf(folder / "past.nc")
    return folder


@pytest.fixture(scope="module")
def made(folder):
    """The map of the gauges."""
    return map_observations(folder / "gauges.csv", folder / "map.nc", grid=folder / "grid.nc", **MADE)


def test_the_map_is_right_and_its_uncertainty_true(made):
    error = made.map["sst"].values - on_grid()
    sigma = made.map["sst_standard_error"].values
    sea = np.isfinite(on_grid())
    assert np.isnan(made.map["sst"].values[LAND]).all() and np.isfinite(error[sea]).all()
    assert np.sqrt(np.mean(error[sea] ** 2)) < 0.1
    assert 0.5 < np.sqrt(np.mean((error / sigma)[sea] ** 2)) < 2


def test_the_file_says_what_it_holds_by_the_conventions(folder, made):
    with xr.open_dataset(folder / "map.nc") as file:
        mean, error = file["sst"], file["sst_standard_error"]
        assert file.attrs["Conventions"] == "CF-1.8" and made.sentence in file.attrs["comment"]
        assert mean.attrs["units"] == error.attrs["units"] == "degC"
        assert mean.attrs["ancillary_variables"] == "sst_standard_error"
        assert (
            file["lat"].attrs["standard_name"] == "latitude" and file["lon"].attrs["units"] == "degrees_east"
        )
        assert file["time"].values == np.datetime64("2013-02-10")
        np.testing.assert_array_equal(file["lon"], LONGITUDES)


def test_one_sentence_and_one_page_say_what_was_done(folder, made):
    assert "sst by ordinary kriging" in made.sentence and "90 observations were left out" in made.sentence
    page = made.page.read_text()
    assert (
        made.sentence in page and "**Ordinary kriging, kernel by likelihood**" in page and "worse, " in page
    )
    for picture in ("map.png", "map.left-out.png"):
        assert f"({picture})" in page and (folder / picture).stat().st_size > 0


def test_the_study_gives_the_same_map_and_keeps_edits(folder, made):
    again = map_observations(made.study, folder / "again.nc", cores=1)
    np.testing.assert_array_equal(again.map["sst"], made.map["sst"])
    with pytest.raises(UserError, match="a study, which says all but -o and --cores itself"):
        map_observations(made.study, folder / "again.nc", grid=1.0)
    before = made.study.read_text()
    made.study.write_text(before.replace("kriging", "kriging-stretched"))
    with pytest.raises(UserError, match="was edited, and is not overwritten: run it by `fieldbench map"):
        map_observations(folder / "gauges.csv", folder / "map.nc", grid=folder / "grid.nc", **MADE)
    made.study.write_text(before)


def test_a_history_teaches_what_observations_alone_do_not_tell(folder):
    few = pd.read_csv(folder / "gauges.csv").head(24)
    few.to_csv(folder / "few.csv", index=False)
    history = {"path": folder / "past.nc", "variable": "sst"}
    wish = {"grid": folder / "grid.nc", "value": "sst", "cores": 1}
    alone = map_observations(folder / "few.csv", **wish, methods=["kriging"])
    taught = map_observations(folder / "few.csv", **wish, methods=["history-mean", "hybrid"], history=history)
    rmse = [float(np.sqrt(np.nanmean((each.map["sst"].values - on_grid()) ** 2))) for each in (alone, taught)]
    assert rmse[1] < 0.7 * rmse[0]
    page = taught.page.read_text()
    assert "next to the time of the map: 2 of 72 fields" in page  # the first of February, and of March
    assert "annual cycle of the history" in page


def test_an_interrupted_map_says_how_to_begin_again(folder, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(judged, "trial", stop)
    with pytest.raises(
        UserError, match=r"Stopped, before .*stopped\.nc was written; `fieldbench map .*stopped\.yaml` begins"
    ):
        map_observations(folder / "gauges.csv", folder / "stopped.nc", grid=1.0, **MADE)
    assert not (folder / "stopped.nc").exists() and (folder / "stopped.yaml").exists()


def test_no_file_is_lost_to_a_fault(folder):
    precious = folder / "precious.nc"
    precious.write_text("precious")
    with pytest.raises(UserError, match="has no 'temp'; correct --value"):
        map_observations(folder / "gauges.csv", precious, grid=1.0, value="temp")
    assert precious.read_text() == "precious"
    precious.chmod(0o444)
    with pytest.raises(UserError, match="is read-only"):
        map_observations(folder / "gauges.csv", precious, grid=1.0)


WRONG = {
    "a grid is asked for": ({}, "Say where the map is asked for: --grid FILE"),
    "unknown key": ({"grid": 1.0, "colour": "blue"}, "unknown key 'colour'"),
    "unknown method": ({"grid": 1.0, "methods": ["magic"]}, "Unknown method 'magic'; known: nearest"),
    "no history": ({"grid": 1.0, "methods": ["hybrid"]}, "learns from a history; give --history"),
    "a plane and a sphere": ({"grid": "grid.nc", "plane": True, "y": "lat", "x": "lon"}, "does not say clearly where"),
    "its own input": ({"grid": "grid.nc", "target": "grid.nc"}, "is what it would be made from"),
    "another unit": ({"grid": 1.0, "history": "past.nc", "unit": "K"}, "history is in 'degC', the observations in 'K'"),
    "an option of the history": ({"grid": 1.0, "history": {"path": "past.nc", "gap": "cells"}}, "unknown key 'gap'"),
    "too short a history": ({"grid": 1.0, "history": "short.nc"}, "has 3 fields to learn from; a history needs 8"),
    "a history elsewhere": ({"grid": 1.0, "history": "south.nc"}, "No observation lies where the history does"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_said_in_one_sentence(folder, monkeypatch, case):
    monkeypatch.chdir(folder)
    past = io.open_dataset("past.nc")
    past.isel(time=slice(3)).to_netcdf("short.nc")
    past.assign_coords(lat=("lat", -LATITUDES, {"units": "degrees_north"})).to_netcdf("south.nc")
    options, words = WRONG[case]
    target = options.get("target", "wrong.nc")
    with pytest.raises(UserError, match=words):
        map_observations("gauges.csv", target, **MADE | {k: v for k, v in options.items() if k != "target"})


def test_the_command_makes_the_map_and_says_so(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    words = [
        "map",
        "gauges.csv",
        "--grid",
        "2",
        "--methods",
        "nearest",
        "--time",
        "2013",
        "--missing",
        "none",
    ]
    assert cli.main([*words, "--value", "sst", "--cores", "1"]) == 0
    said = capsys.readouterr().out
    assert (
        "sst by nearest observation" in said and "gauges-map.nc, gauges-map.md; study gauges-map.yaml" in said
    )
    with xr.open_dataset("gauges-map.nc") as made:
        assert dict(made["sst"].sizes) == {"lat": 7, "lon": 8}
    assert cli.main([*words, "--value", "rain"]) == 1
    assert (
        capsys.readouterr().err.lstrip()
        == "error: gauges.csv has no 'rain'; correct --value. It has lat, lon, sst, sst_error, time.\n"
    )


def test_a_plane_has_a_unit_of_its_own(folder):
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 60, (2, 40))
    table = pd.DataFrame({"x [km]": x, "y [km]": y, "rain [mm]": np.hypot(x, y)})
    table.to_csv(folder / "plane.csv", index=False)
    wish = {"grid": 20, "methods": ["kriging"], "cores": 1}
    made = map_observations(folder / "plane.csv", **wish)
    assert (
        made.map["x"].attrs["units"] == "km"
        and made.map["y"].attrs["standard_name"] == "projection_y_coordinate"
    )
    assert " km)" in made.sentence
    with pytest.raises(UserError, match="are in km and m; write all in one unit"):
        map_observations(folder / "plane.csv", **wish, plane_unit="m")
    table.rename(columns={"x [km]": "x", "y [km]": "y"}).to_csv(folder / "plane.csv", index=False)
    with pytest.raises(UserError, match="give it by --plane-unit"):
        map_observations(folder / "plane.csv", **wish)


def test_the_cheapest_within_the_margin_is_recommended():
    def judge(error):
        return type("Judged", (), {"rmse": type("Estimate", (), {"mean": error})})

    names = list(methods.METHODS)
    assert judged.recommended({"kriging-stretched": judge(1.0), "kriging": judge(1.015)}) == "kriging"
    assert (
        judged.recommended({"kriging-stretched": judge(1.0), "kriging": judge(1.03)}) == "kriging-stretched"
    )
    assert names.index("nearest") < names.index("kriging") < names.index("hybrid")
