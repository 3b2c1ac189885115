"""A map by tiles, each a job, on the real rules."""

import pytest
import xarray as xr
import yaml
from fieldbench import io, record
from fieldbench.inversion import pixelwise, regularized

from tests.project import Project

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("tiles")]
METHODS = {"pixelwise": pixelwise, "regularized": regularized}
PLACE = "results/inversion/plage-synthetic"
TILED = {
    "pathvars": {"results": "results"},
    "device": "cpu",
    "run": ["grid-free"],
    "datasets": {"plage-synthetic": {"with": {"shape": [90, 6]}}},
    "experiments": {"grid-free": {"data": ["plage-synthetic"], "methods": list(METHODS)}},
    "inversion": {"tiles": {"plage-synthetic": 3}},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("project"))
    (project.folder / "config" / "tiled.yaml").write_text(yaml.safe_dump(TILED))
    targets = [f"{PLACE}/reference/{method}/0/field.nc" for method in METHODS]
    project.result = project.snakemake(*targets, "--cores", "1", config="config/tiled.yaml")
    return project


def test_tiles_are_jobs_whose_fields_are_joined(project):
    assert project.result.returncode == 0, project.result.stdout + project.result.stderr
    problem = io.open_dataset(project.folder / PLACE / "weak_field.nc")
    for name, method in METHODS.items():
        folder = project.folder / PLACE / "reference" / name / "0"
        joined, whole = io.open_dataset(folder / "field.nc"), method.invert(problem)
        assert (abs(joined.field - whole.field) < 1e-3 * problem.sigma).all()
        assert joined.attrs == whole.attrs
        assert [file.name for file in folder.glob("*.nc")] == ["field.nc"], "tiles themselves are not kept"
        (result,) = record.read(folder / "training.json")
        assert result["metrics"]["train_seconds"] > 0 and result["metrics"]["parameter_count"] == 3 * 90 * 6
    xr.testing.assert_identical(
        io.open_dataset(project.folder / PLACE / "reference/pixelwise/0/field.nc"),
        pixelwise.invert(problem),
    )


def test_a_data_set_without_tiles_is_inverted_whole(project):
    project.edit("config/tiled.yaml", "plage-synthetic: 3", "plage-crisp5173: 3")
    jobs = project.planned("--forceall", config="config/tiled.yaml")
    assert jobs["invert_classical"] == 2 and "invert_tile" not in jobs
