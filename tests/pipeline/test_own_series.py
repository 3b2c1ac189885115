"""The study of a user's own series of fields runs as it is, and nothing else runs."""

import numpy as np
import pytest
import xarray as xr

from tests.project import Project

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("own-series")]
STUDY = "config/own-data/series.yaml"
JOBS = {
    **{"prepare_data": 1, "draw_observations": 1, "reconstruct": 4, "sparse_limits": 1},
    **{"score_reconstructions": 1, "collect": 1, "claims": 1, "figure": 1},
    **{"highlights": 1, "page": 1, "index": 1, "claims_page": 1, "report": 1},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project beside a folder with 60 months of smooth fields on 20 x 30 points."""
    rng = np.random.default_rng(0)
    y, x = np.linspace(0, np.pi, 20)[:, None], np.linspace(0, 2 * np.pi, 30)
    patterns = np.array([np.sin(n * y + m) * np.cos(m * x) for n in range(3) for m in range(3)])
    fields = np.tensordot(rng.normal(size=(60, 9)), patterns, 1)
    coords = {
        "time": np.arange("2020-01", "2025-01", dtype="datetime64[M]").astype("datetime64[ns]"),
        "lat": np.linspace(40, 59, 20),
        "lon": np.linspace(0, 29, 30),
    }
    folder = tmp_path_factory.mktemp("series")
    field = xr.DataArray(fields, coords, list(coords), attrs={"units": "K"})
    field.to_dataset(name="t2m").to_netcdf(folder / "my_series.nc")
    project = Project(tmp_path_factory.mktemp("project"))
    project.where = ("--config", f"data_root={folder}")
    return project


def test_nothing_but_the_series_jobs_is_planned(project):
    assert project.planned(*project.where, config=STUDY) == JOBS


def test_the_page_tells_of_the_series(project):
    result = project.snakemake("--cores", "1", *project.where, config=STUDY)
    assert result.returncode == 0, result.stdout + result.stderr
    page = (project.folder / "results/my-series/sparse.md").read_text()
    assert "**Observed fields (t2m): use " in page and "t2m of my_series.nc" in page
    assert "Mean PSNR (dB) [95 % over 15 times]" in page  # a quarter of 60 months
    assert all(name in page for name in ("linear", "gaussian-process", "optimal-interpolation", "hybrid"))
    assert project.planned(*project.where, config=STUDY) == {}
    assert "![fields-my-series](figures/sparse/fields-my-series.png)" in page, "without being asked"
    with xr.open_dataset(
        project.folder / "results/my-series/sparse/my-series/my-series/linear/0/prediction.nc"
    ) as made:
        assert made["mean"].attrs["units"] == "K" and made["mean"].dims == ("time", "latitude", "longitude")


BAD = """
datasets:
  my-series: { with: { gaps: keep } }
  no-such-variable: { type: netcdf_series, with: { path: my_series.nc, variable: tp, time: time, y: lat, x: lon } }
experiments:
  my-series: { data: [my-series, no-such-variable, no-gaps], methods: [nearest, gappy-pod, broken] }
sparse:
  classical: { broken: { type: gaussian_process, description: broken, with: { kernel: cubic } } }
  tasks:
    no-such-variable: { dataset: no-such-variable, mask: uniform, fraction: 0.05, noise: 0, seed: 1 }
    no-gaps: { dataset: my-series, mask: clouds, fraction: 0.1, noise: 0, seed: 1 }
"""


def test_a_bad_data_set_task_or_method_is_a_row_and_no_lost_page(project):
    (project.folder / "config/bad.yaml").write_text(BAD)
    settings = ("--configfile", STUDY, "config/bad.yaml", *project.where)
    result = project.snakemake("--cores", "1", *settings, config=None)
    assert result.returncode == 0, result.stdout + result.stderr
    page = (project.folder / "results/my-series/sparse.md").read_text()
    assert "**Observed fields (t2m): use " in page
    failures = page[page.index("## Failed or skipped") :]
    assert "has no variable 'tp'; its variables are" in failures
    assert "is no series with gaps; set `gaps: keep` of the data set" in failures
    assert "Unknown `kernel` 'cubic' of gaussian_process" in failures
