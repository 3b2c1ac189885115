"""What every data set that the configuration names must be; those whose files are absent say so."""

import os

import numpy as np
import pytest
import yaml
from fieldbench import config as configuration
from fieldbench import io, registry
from fieldbench.datasets import availability

from tests.conftest import ROOT

CONFIG = yaml.safe_load((ROOT / "config" / "catalogue" / "inversion.yaml").read_text(encoding="utf-8"))
CONFIG |= {"data_root": os.environ.get("FIELDBENCH_DATA_ROOT"), "download": False}


@pytest.fixture(params=list(CONFIG["datasets"]), scope="module")
def dataset(request):
    """One data set of the configuration, or a skip that says what is missing."""
    source = configuration.dataset_source(CONFIG, request.param)
    if reason := availability.unavailable(**source):
        pytest.skip(reason)
    return registry.build("datasets", source.pop("type_name"), **source)


def test_profiles_have_the_common_form(dataset):
    assert dataset.stokes_profiles.dims == ("y", "x", "stokes", "wavelength")
    assert list(dataset.stokes.values) == ["I", "Q", "U", "V"]
    assert dataset.stokes_profiles.attrs["units"] == "1"
    assert dataset.wavelength.attrs["units"] == "Angstrom"
    assert (np.diff(dataset.wavelength) > 0).all() and dataset.wavelength[0] < 0 < dataset.wavelength[-1]


def test_usable_pixels_are_finite_and_noise_is_positive(dataset):
    usable = dataset.usable.values.astype(bool)
    assert usable.any()
    assert np.isfinite(dataset.stokes_profiles.values[usable]).all()
    assert (dataset.noise > 0).all()


def test_intensity_is_relative_to_the_quiet_continuum(dataset):
    usable = dataset.usable.values.astype(bool)
    brightest = dataset.stokes_profiles.sel(stokes="I").values[usable].max(axis=-1)
    assert 0.5 < np.median(brightest) < 1.5


def test_the_truth_has_units_and_ranges(dataset):
    if "b_los_true" not in dataset:
        pytest.skip("the true field is not known")
    usable = dataset.usable.values.astype(bool)
    assert dataset.b_los_true.attrs["units"] == dataset.b_transverse_true.attrs["units"] == "G"
    azimuth = dataset.azimuth_true.values[usable]
    assert (azimuth >= 0).all() and (azimuth < 180).all()
    assert (dataset.b_transverse_true.values[usable] >= 0).all()


def test_where_it_comes_from_is_stated(dataset):
    for name in ("title", "line", "kind", "source", "licence", "notes"):
        assert isinstance(dataset.attrs[name], str), name
    assert dataset.attrs["kind"] and dataset.attrs["source"]


def test_it_survives_the_file(dataset, tmp_path):
    io.save_dataset(dataset, tmp_path / "data.nc")
    back = io.open_dataset(tmp_path / "data.nc")
    np.testing.assert_array_equal(back.stokes_profiles, dataset.stokes_profiles)
    assert back.attrs["line"] == dataset.attrs["line"]
