"""A user's own Stokes cube, by the ready study as it is."""

import shutil

import pytest
from astropy.io import fits
from fieldbench.datasets import plage_synthetic

from tests.project import Project

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("own-stokes-cube")]
STUDY = "config/own-data/stokes-cube.yaml"
JOBS = {
    **{"prepare_data": 1, "weak_field": 1, "invert_classical": 2, "train_encoder": 2, "evaluate": 2},
    **{
        "collect": 1,
        "claims": 1,
        "claims_page": 1,
        "figure": 6,
        "page": 1,
        "index": 1,
        "highlights": 1,
        "report": 1,
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project beside a folder with a cube of 40 x 40 pixels."""
    made = plage_synthetic.load(line="mg-i-5173", shape=[40, 40])
    folder = tmp_path_factory.mktemp("cubes")
    fits.PrimaryHDU(made.stokes_profiles.values).writeto(folder / "my_cube.fits")
    project = Project(tmp_path_factory.mktemp("project"))
    project.where = ("--config", f"data_root={folder}")
    return project


def test_nothing_but_the_cubes_jobs_is_planned(project):
    assert project.planned(*project.where, config=STUDY) == JOBS


def test_the_page_tells_of_the_cube(project):
    result = project.snakemake("--cores", "1", *project.where, config=STUDY)
    assert result.returncode == 0, result.stdout + result.stderr
    page = (project.folder / "results/my-cube/inversion.md").read_text()
    assert "my_cube.fits (observed)" in page and "40 x 40 pixels" in page
    assert "**B_los: use " in page and "**V1**" in page and "**regularized**" in page


def test_a_cube_that_is_not_there_and_never_was_is_named_on_the_page_with_the_remedy(project):
    shutil.rmtree(project.folder / "results")
    result = project.snakemake("--cores", "1", config=STUDY)
    assert result.returncode == 0, result.stdout + result.stderr
    page = (project.folder / "results/my-cube/inversion.md").read_text()
    assert "my-cube: skipped. There is no file my_cube.fits; correct `path`" in page
