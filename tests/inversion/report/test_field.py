"""The field to take home, of a small data set that was inverted here."""

import numpy as np
import pytest
from fieldbench import io, record
from fieldbench.datasets import plage_synthetic
from fieldbench.errors import UserError
from fieldbench.inversion import evaluate, pixelwise, regularized
from fieldbench.inversion.report.field import recommended
from fieldbench.inversion.report.results import Study
from fieldbench.physics.weak_field import weak_field_problem
from fieldbench.report import tables
from fieldbench.report.given import Given

from tests.inversion.report.study import ABOUT

SCHEME = {
    "b_los": {"formula": "wing", "within": 3.0},
    "b_qu": {"formula": "wing", "beyond": 0.8, "within": 3.0},
}
METHODS = {"pixelwise": pixelwise, "regularized": regularized}


def inverted(folder, data, seconds=2.0, scheme=SCHEME):
    """The study of a data set, by both methods without a network."""
    problem = weak_field_problem(data, scheme, {"fraction": 0.0, "seed": 0}, 0.9)
    io.save_dataset(data, folder / "data/plage-synthetic.nc")
    io.save_dataset(problem, folder / "inversion/plage-synthetic/weak_field.nc")
    records = []
    for name, method in METHODS.items():
        field = method.invert(problem)
        io.save_dataset(field, folder / f"inversion/plage-synthetic/reference/{name}/0/field.nc")
        metrics = {**evaluate.metrics(field, problem, data), "train_seconds": seconds}
        run = {
            "area": "inversion",
            "dataset": "plage-synthetic",
            "regime": "reference",
            "method": name,
            "seed": 0,
        }
        draws = evaluate.draws(field, problem, data)
        records.append(
            record.make(**run, deterministic=True, metrics=metrics, draws=draws, provenance={"device": "cpu"})
        )
    return Study(tables.Results(tables.collect(records)), ABOUT, Given.folder(folder), "plage-synthetic")


@pytest.fixture
def data():
    """30 x 32 pixels, of which (0, 1) is not usable."""
    made = plage_synthetic.load(line="mg-i-5173", shape=[30, 32])
    made["usable"].values[0, 1] = False
    return made


def test_the_field_is_that_of_the_recommended_methods(tmp_path, data):
    made = recommended(inverted(tmp_path, data))
    usable = made["usable"].values.astype(bool)
    assert not usable[0, 1] and usable.sum() == 959 and np.isnan(made["b_los"].values[0, 1])
    assert made.attrs["method_b_los"] in METHODS and made.attrs["method_b_qu"] in METHODS
    assert (
        made.attrs["methods_compared"] == "pixelwise, regularized" and made.attrs["training_seconds"] == 4.0
    )
    error = (made["b_los"] - data["b_los_true"]).values[usable]
    assert np.sqrt(np.mean(error**2)) < 0.2 * np.sqrt(np.mean(data["b_los_true"].values ** 2))
    assert 0.5 < np.mean(np.abs(error) < made["b_los_sigma"].values[usable]) < 0.85


def test_the_limits_hold_the_true_transverse_field(tmp_path, data):
    made = recommended(inverted(tmp_path, data))
    usable = made["usable"].values.astype(bool)
    truth = data["b_transverse_true"].values
    held = (made["b_transverse_lower"].values <= truth) & (truth <= made["b_transverse_upper"].values)
    assert 0.55 < held[usable].mean() < 0.85
    limits, debiased = made["b_transverse_upper"].values, made["b_transverse_debiased"].values
    assert (debiased <= made["b_transverse"].values)[usable].all() and (debiased <= limits)[usable].all()
    assert 0 < made["detected"].values[usable].mean() < 1 and made["detected"].values[0, 1] == 0


def test_every_map_says_its_unit_and_what_it_is(tmp_path, data):
    data["x"].attrs["units"] = "pixel"
    made = recommended(inverted(tmp_path, data))
    expected = {"b_los": "gauss", "b_transverse": "gauss", "azimuth": "degree"}
    for name, unit in expected.items():
        assert made[name].attrs["units"] == made[f"{name}_sigma"].attrs["units"] == unit
        assert made[name].attrs["ancillary_variables"] == f"{name}_sigma"
    assert made["x"].attrs["units"] == "1" and made["y"].attrs["units"] == "arcsec"
    assert made["valid"].attrs["flag_meanings"] == "no yes"
    assert "180 degrees" in made.attrs["comment"]


def test_without_q_and_u_there_is_b_los_alone(tmp_path, data):
    data["stokes_profiles"].loc[{"stokes": ["Q", "U"]}] = 0.0
    data["noise"].loc[{"stokes": ["Q", "U"]}] = np.inf
    made = recommended(inverted(tmp_path, data.drop_vars(["b_transverse_true", "azimuth_true"])))
    assert np.isfinite(made["b_los"].values).sum() == 959 and made.attrs["method_b_qu"] == ""
    for name in ("b_transverse", "b_transverse_sigma", "azimuth", "azimuth_sigma"):
        assert np.isnan(made[name].values).all(), name


def test_methods_that_nothing_judges_are_not_recommended(tmp_path, data):
    single = {"b_los": {"formula": "wing", "indices": [5]}, "b_qu": {"formula": "wing", "indices": [5, 7]}}
    with pytest.raises(
        UserError, match=r"No method could be judged on plage-synthetic: .* a single wavelength"
    ):
        recommended(inverted(tmp_path, data, scheme=single))
