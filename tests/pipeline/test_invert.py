"""`fieldbench invert`: from a cube to a file with its field."""

import json
import os
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from astropy import units
from astropy.io import fits
from astropy.wcs import WCS
from fieldbench.monitor.status import has_ended

from tests.inversion.delivery import cubes
from tests.project import Project
from tests.waiting import until

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("invert")]
TINY = ("--methods", "pixelwise", "regularized", "v1", "--seeds", "1", "--steps", "2", "--cores", "1")


class Bench:
    """A project, and a folder with a cube in which the command is called."""

    def __init__(self, project, folder):
        self.folder = folder
        self.truth = cubes.truth()
        cubes.write_fits(folder / "cube.fits", self.truth)
        self.environment = {**os.environ, "PYTHONPATH": str(project.folder / "workflow")}

    def invert(self, *arguments):
        command = [sys.executable, "-m", "fieldbench.cli", "invert", *arguments]
        return subprocess.run(command, cwd=self.folder, env=self.environment, text=True, capture_output=True)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """After the cube was inverted once."""
    made = Bench(Project(tmp_path_factory.mktemp("project")), tmp_path_factory.mktemp("cubes"))
    made.result = made.invert("cube.fits", *TINY)
    assert made.result.returncode == 0, made.result.stdout + made.result.stderr
    return made


def test_the_field_is_right_and_has_units_and_coordinates(bench):
    with fits.open(bench.folder / "cube-field.fits") as made:
        values, usable = made["B_LOS"].data, made["USABLE"].data.astype(bool)
        truth = bench.truth.b_los_true.values
        assert (~usable).sum() == 1 and not usable[2, 3] and np.isnan(values[2, 3])
        assert np.sqrt(np.mean((values - truth)[usable] ** 2)) < 0.2 * np.sqrt(np.mean(truth**2))
        assert (made["B_LOS_SIGMA"].data[usable] > 0).all() and (made["VALID"].data <= usable).all()
        assert units.Unit(made["B_TRANSVERSE"].header["BUNIT"]) == units.G
        assert units.Unit(made["AZIMUTH_SIGMA"].header["BUNIT"]) == units.deg
        assert made["AZIMUTH"].header["DATE-OBS"] == "2020-01-02T03:04:05"
        sky = WCS(made["B_LOS"].header).wcs_pix2world([[8, 6]], 1)  # the cube's reference pixel
    np.testing.assert_allclose(sky * 3600, [[100, -50]])


def test_one_sentence_and_one_page_say_what_was_done(bench):
    assert (
        "B_los by " in bench.result.stdout and "the best of 3 at wavelengths left out" in bench.result.stdout
    )
    page = (bench.folder / "cube-field.md").read_text()
    assert "479 usable" in page and "![" in page and (bench.folder / "cube-field.png").stat().st_size > 0
    whole = (bench.folder / "cube-field-results/inversion.md").read_text()
    assert "### Regime strict: cube" in whole and "laims" not in whole


def test_the_study_goes_on_and_writes_netcdf(bench):
    jobs = (bench.folder / "cube-field-results/inversion/cube/strict/v1/0/training.json").stat().st_mtime_ns
    result = bench.invert("cube-field.yaml", "-o", "again.nc", "--cores", "1")
    assert result.returncode == 0, result.stderr
    after = (bench.folder / "cube-field-results/inversion/cube/strict/v1/0/training.json").stat().st_mtime_ns
    assert after == jobs
    with xr.open_dataset(bench.folder / "again.nc") as made:
        assert made["b_los"].attrs["units"] == "gauss" and made["azimuth"].attrs["units"] == "degree"
        np.testing.assert_array_equal(made["b_los"], fits.getdata(bench.folder / "cube-field.fits", "B_LOS"))


def test_a_cube_that_no_sun_can_have_is_one_sentence_and_loses_nothing(bench):
    values, header = fits.getdata(bench.folder / "cube.fits", header=True)
    fits.writeto(bench.folder / "wrong.fits", np.nan * values, header)
    (bench.folder / "wrong-field.fits").write_text("precious")
    result = bench.invert("wrong.fits", *TINY)
    assert result.returncode == 1 and result.stderr.splitlines()[-1].startswith(
        "error: No pixel of wrong.fits is usable"
    )
    assert (bench.folder / "wrong-field.fits").read_text() == "precious"


def test_options_beside_a_study_are_refused(bench):
    result = bench.invert("cube-field.yaml", "--line", "mg-i-5173")
    assert result.returncode == 1 and "is a study, which says all but -o and --cores itself" in result.stderr


def heed_interrupts():
    """Let SIGINT interrupt, whatever the process was started by."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupted_call_says_how_to_go_on_and_leaves_no_process(bench):
    cubes.write_fits(bench.folder / "other.fits", bench.truth)
    plan = bench.folder / "other-field-results/plan.json"
    command = [sys.executable, "-m", "fieldbench.cli", "invert", "other.fits", *TINY]
    # Where the tests run in the background, the signal may be ignored, which a process hands on.
    pipes = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
        "preexec_fn": heed_interrupts,
    }
    with subprocess.Popen(command, cwd=bench.folder, env=bench.environment, **pipes) as process:
        until(plan.exists)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == 1 and "error: Stopped. What was done is kept in" in errors
    assert not (bench.folder / "other-field.fits").exists()
    run = json.loads(plan.read_text())["pid"]
    assert has_ended(socket.gethostname(), run)
