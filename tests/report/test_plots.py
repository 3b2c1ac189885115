"""Plots: their rows, and the Vega-Lite that is made of them."""

import numpy as np
from fieldbench.report import plots
from fieldbench.report.plots import Axis, Plot, against_costs, curve
from fieldbench.report.vega import spec

MISFIT = "unseen_b_los_chi2"


def test_a_point_is_a_mean_with_the_ends_of_its_interval(benchmark_study):
    study = benchmark_study.finished()
    time, size = against_costs(study, "plage-synthetic", MISFIT)
    row = next(row for row in time.rows if row["method"] == "V6" and row["setting"] == "strict")
    level = study.results.estimate(next(key for key in study.results.keys if key.method == "v6"), MISFIT)
    assert np.allclose([row["y"], row["low"], row["high"]], [level.mean, level.low, level.high], rtol=1e-4)
    assert row["kind"] == "neural" and time.x.log and size.x.title == "Parameters"


def test_plots_without_two_points_are_left_out(study):
    study.add("strict", "v0")
    assert against_costs(study.finished(), "plage-synthetic", MISFIT) == []


def test_a_curve_is_thinned_with_its_ends_and_without_its_gaps():
    y = np.linspace(1, 0, 1000)
    y[500:600] = np.nan
    rows = curve("one", np.arange(1000.0), y, training=0)
    assert len(rows) == plots.ALONG and (rows[0]["x"], rows[-1]["x"]) == (0.0, 999.0)
    assert all(np.isfinite(row["y"]) and row["training"] == 0 for row in rows)
    assert curve("none", np.arange(3.0), np.full(3, np.nan)) == []


def test_the_legend_selects_and_every_field_is_hovered():
    rows = [{"series": name, "x": 1.0, "y": 2.0, "low": 1.5, "high": 2.5, "setting": "s"} for name in "ab"]
    made = spec(Plot("title", "caption", Axis("x", log=True), Axis("y"), rows))
    points = made["layer"][0]
    assert points["params"][0]["bind"] == "legend"
    assert {field["field"] for field in points["encoding"]["tooltip"]} == {
        "series",
        "x",
        "y",
        "low",
        "high",
        "setting",
    }
    assert points["encoding"]["x"]["scale"]["type"] == "log"
    assert made["params"][0]["bind"]["options"] == [None, "a", "b"]


def test_methods_are_told_apart_by_colour_and_shape_together():
    rows = [{"series": str(number), "x": 1.0, "y": 2.0} for number in range(35)]
    channels = spec(Plot("", "", Axis("x"), Axis("y"), rows))["layer"][0]["encoding"]
    looks = zip(channels["color"]["scale"]["range"], channels["shape"]["scale"]["range"], strict=True)
    assert len(set(looks)) == 35


def test_a_curve_joins_its_operating_points_and_parts_trainings():
    rows = [
        {"series": "one", "x": x, "y": 1.0, "training": training, "point": f"p{x}"}
        for training in (0, 1)
        for x in (1.0, 2.0)
    ]
    made = spec(Plot("", "", Axis("x"), Axis("y"), rows, curves=True))
    (line,) = (layer for layer in made["layer"] if layer["mark"]["type"] == "line")
    assert line["encoding"]["detail"] == [{"field": "training"}]


def test_tiny_numbers_along_an_axis_are_powers_of_ten():
    rows = [{"series": "one", "x": x, "y": y} for x, y in ((1.0, 1e-9), (2.0, 1e-3))]
    channels = spec(Plot("", "", Axis("x", log=True), Axis("y", log=True), rows))["layer"][0]["encoding"]
    assert channels["y"]["axis"] == {"format": "~e"} and channels["x"]["axis"] == {}
