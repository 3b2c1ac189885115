"""A copy of the workflow in a temporary folder, run once at toy size."""

import pytest

from tests.project import Project


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A project whose toy benchmark has been run."""
    project = Project(tmp_path_factory.mktemp("project"))
    result = project.snakemake("--cores", "2")
    assert result.returncode == 0, result.stdout + result.stderr
    return project
