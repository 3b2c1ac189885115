"""What a study of magnetic fields is asked for."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.inversion.report.results import dataset_facts
from fieldbench.report.tables import Key


def test_facts_are_read_from_the_files():
    usable = np.array([[True, True], [True, False]])
    data = xr.Dataset(
        {
            "usable": (("y", "x"), usable),
            "noise": ("stokes", [1e-3, 2e-3]),
            "stokes_profiles": (("y", "x", "stokes", "wavelength"), np.zeros((2, 2, 2, 5))),
        },
        coords={"stokes": ["I", "V"], "wavelength": np.arange(5.0)},
        attrs={"title": "T", "kind": "observed", "line": "fe-i-6302", "notes": "one\ntwo"},
    )
    problem = xr.Dataset(
        {
            "valid": (("y", "x"), [[True, False], [True, False]]),
            "held_out": (("y", "x"), [[True, False], [False, False]]),
            "sigma": (
                ("component", "y", "x"),
                np.stack([np.full((2, 2), size) for size in (10.0, 3e4, 3e4)]),
            ),
            "optimum": (
                ("component", "y", "x"),
                np.array([[[0, 0], [0, 0]], [[6e4, 9e4], [6e4, 0]], [[6e4, 9e4], [0, 0]]]),
            ),
        },
        attrs={"line_half_width_angstrom": 0.07, "warnings": "", "scheme": "a\nb"},
    )
    found = dataset_facts(data, problem)
    assert (found["usable"], found["masked"], found["held_out"], found["wavelengths"]) == (3, 1, 1, 5)
    assert found["beyond_share"] == pytest.approx(1 / 3)
    # B_T of three sigma is sqrt(9e4); sqrt(2) 6e4 and 6e4 are below 9e4, sqrt(2) 9e4 is not
    assert found["detection_gauss"] == pytest.approx(300)
    assert found["undetected_share"] == pytest.approx(2 / 3)
    assert (
        found["notes"] == ["one", "two"]
        and found["warnings"] == []
        and found["noise"] == {"I": 1e-3, "V": 2e-3}
    )


def test_the_sweep_goes_from_coarse_to_fine(benchmark_study):
    study = benchmark_study.finished()
    assert [study.resolution(key) for key in study.sweep("plage-synthetic")] == [8, 16, 32]
    assert study.resolution(Key("plage-synthetic", "reference", "pixelwise")) is None


def test_the_best_is_a_trained_method(benchmark_study):
    study = benchmark_study.finished().on("plage-synthetic")
    assert study.best("b_los").method == "v6"
    assert study.best("b_qu") == Key(
        "plage-synthetic", "r16", "v1"
    )  # `regularized` is better, and not trained
