"""The how-to pages, followed literally in a copy of the project."""

import pandas as pd
import pytest

from tests import howto
from tests.project import Project

pytestmark = [pytest.mark.pipeline, pytest.mark.xdist_group("how-to")]


@pytest.fixture
def follow(tmp_path):
    """Write what a page says into a copy of the project, and run the experiments that are named."""

    def run(page, *names, config="config/quick.yaml"):
        project = Project(tmp_path)
        howto.write(page, project.folder)
        arguments = ("--cores", "1", "--config", f"run=[{','.join(names)}]")
        result = project.snakemake(*arguments, config=config)
        assert result.returncode == 0, result.stdout + result.stderr
        return project

    return run


def test_a_fifth_area_is_six_files_and_edits_none(follow):
    assert len(howto.files("area")) <= 6
    project = follow("area", "filters")
    results = project.folder / "results"
    table = pd.read_parquet(results / "tables" / "denoising.parquet")
    assert set(table.metric) == {"gain_db"} and len(table) == 2 * 2 * 3
    assert set(pd.read_csv(results / "tables" / "denoising.csv").method) == {"narrow", "wide"}
    page = (results / "denoising.md").read_text()
    assert "# A field without its noise" in page and "| **wide** |" in page.replace("filters | ", "| ")
    assert (results / "figures" / "denoising" / "gain.png").exists()
    assert "[denoising.md](denoising.md)" in (results / "benchmark.md").read_text()
    assert sorted(path.name for path in results.glob("*.md")) == ["benchmark.md", "claims.md", "denoising.md"]
