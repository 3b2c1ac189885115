"""The pipeline in the environments of `envs/`, built from their lists, with another Python than its own."""

import os

import pytest

from tests.environments import conda
from tests.project import Project

pytestmark = pytest.mark.environments


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The toy benchmark of all areas, run by `--sdm conda`: the project and what Snakemake said."""
    folder = tmp_path_factory.mktemp("environments")
    (folder / "project").mkdir()
    project = Project(folder / "project")
    path = f"{conda.install(folder / 'conda')}{os.pathsep}{os.environ['PATH']}"
    result = project.snakemake("--cores", "2", "--sdm", "conda", environment={"PATH": path})
    return project, result


def test_every_rule_runs_in_its_environment(run):
    project, result = run
    assert result.returncode == 0, (result.stdout + result.stderr)[-6000:]
    for area in ("inversion", "sparse", "compression", "radiance"):
        assert (project.folder / "results" / f"{area}.md").exists()


def test_every_environment_was_made_and_used(run):
    project, result = run
    made = [file for file in (project.folder / ".snakemake" / "conda").glob("*.yaml")]
    assert len(made) == len(list((project.folder / "envs").glob("*.yaml")))
    assert result.stderr.count("Activating conda environment") > len(made)
