"""The study that is left beside a field."""

import numpy as np
import pytest
import yaml
from astropy.io import fits
from fieldbench import studies
from fieldbench.errors import UserError
from fieldbench.inversion.delivery import study


@pytest.fixture
def entry(tmp_path):
    """The entry of a cube that exists."""
    path = tmp_path / "My Cube.fits"
    fits.PrimaryHDU(np.ones((2, 2, 4, 5), np.float32)).writeto(path)
    options = {"path": str(path), "axes": ["y", "x", "stokes", "wavelength"], "wavelengths": [-0.1, 0, 0.1]}
    return {"type": "fits_cube", "with": {**options, "line": "mg-i-5173"}}


def test_a_study_is_written_and_read_with_its_results_beside_it(tmp_path, entry):
    study.write(tmp_path / "field.yaml", entry, ["pixelwise", "v1"], seeds=2, steps=7)
    read = studies.read(tmp_path / "field.yaml")
    assert read.dataset == "my-cube" and read.entry["with"] == entry["with"]
    assert read.results == tmp_path / "field-results" and study.cube_of(read) == tmp_path / "My Cube.fits"
    assert read.config["inversion"]["seeds"] == [0, 1] and read.config["inversion"]["training"]["steps"] == 7
    assert read.config["inversion"]["held_out"]["fraction"] == 0
    assert read.config["experiments"]["my-cube"]["methods"] == ["pixelwise", "v1"]


def test_a_large_map_is_inverted_by_tiles(tmp_path, entry):
    for pixels, tiles in ((1_000_000, {}), (2_000_001, {"my-cube": 3})):
        study.write(tmp_path / "field.yaml", entry, ["pixelwise"], tiles=study.tiles(pixels))
        assert studies.read(tmp_path / "field.yaml").config["inversion"]["tiles"] == tiles


def test_networks_join_where_a_cube_is_small():
    assert study.quick(50_000) == ["pixelwise", "regularized", "v1", "siren"]
    assert study.quick(50_001) == ["pixelwise", "regularized", "siren"]
    assert study.quick(150_001) == ["pixelwise", "regularized"]


def test_an_edited_study_is_kept(tmp_path, entry):
    path = tmp_path / "field.yaml"
    study.write(path, entry, ["pixelwise"])
    study.write(path, entry, ["regularized"])  # nobody edited the first
    edited = path.read_text().replace("regularized", "v1")
    path.write_text(edited)
    with pytest.raises(
        UserError, match=r"field\.yaml was edited, and is not overwritten: run it by `fieldbench"
    ):
        study.write(path, entry, ["pixelwise"])
    assert path.read_text() == edited


def test_faults_are_told_before_anything_runs(tmp_path, entry):
    path = tmp_path / "field.yaml"
    study.write(path, entry, ["v99"])
    with pytest.raises(
        UserError, match="'v99' is not defined in regime reference or strict; Allowed: pixelwise"
    ):
        studies.read(path)
    study.write(path, {**entry, "with": {**entry["with"], "path": "gone.fits"}}, ["pixelwise"])
    with pytest.raises(UserError, match=r"There is no file gone\.fits"):
        studies.read(path)
    path.write_text(yaml.safe_dump({"run": ["strict"]}))
    with pytest.raises(UserError, match=r"must have `pathvars` and one data set; it has 0"):
        studies.read(path)
    path.write_text("a: [")
    with pytest.raises(UserError, match="cannot be read as a study"):
        studies.read(path)
