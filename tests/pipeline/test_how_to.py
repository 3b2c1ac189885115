"""The how-to pages, followed literally one after another in one copy of the project, and run together."""

import pandas as pd
import pytest
import yaml

from tests import howto
from tests.project import Project

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("how-to")]
STUDIES = [page for page in howto.PAGES if page != "area"]
QUICK = "config/quick.yaml"
AREAS = ["inversion", "sparse", "compression", "radiance", "denoising"]
FIGURES = ["denoising/gain", "compression/my-figure"]


def study(page):
    """The one study that a page writes: its path and what is in it."""
    (path,) = [path for path in howto.files(page) if path.startswith("config/my-")]
    return path, yaml.safe_load(howto.files(page)[path])


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The results of every page's experiments; of the figures those alone that a page adds."""
    project = Project(tmp_path_factory.mktemp("how-to"))
    for page in howto.PAGES:
        howto.write(page, project.folder)
    paths, settings = zip(*(study(page) for page in STUDIES), strict=True)
    names = ["filters", *(name for own in settings for name in own["run"])]
    wanted = [
        "benchmark.md",
        "claims.md",
        *(f"{area}.md" for area in AREAS),
        *(f"figures/{figure}.png" for figure in FIGURES),
    ]
    ran = project.snakemake(
        *("--cores", "1", *(f"results/{file}" for file in wanted)),
        *("--configfile", QUICK, *paths, "--config", f"run=[{','.join(names)}]"),
        config=None,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return project.folder / "results"


def table(results, area):
    """An area's long table."""
    return pd.read_parquet(results / "tables" / f"{area}.parquet")


@pytest.mark.parametrize("page", STUDIES)
def test_a_page_ends_in_the_command_that_runs_its_study(page):
    path, own = study(page)
    assert howto.command(page) == ["snakemake", "--cores", "2", "--configfile", QUICK, path]
    assert set(own["run"]) == set(own["experiments"])
    assert len(howto.files(page)[path].splitlines()) <= 15


def test_the_list_of_pages_is_complete():
    listed = howto.text("README")
    assert [page for page in howto.PAGES if f"({page}.md)" not in listed] == []


def test_a_fifth_area_is_six_files(results):
    assert len(howto.files("area")) <= 6
    found = table(results, "denoising")
    assert set(found.metric) == {"gain_db"} and len(found) == 2 * 2 * 3
    assert set(pd.read_csv(results / "tables" / "denoising.csv").method) == {"narrow", "wide"}
    page = (results / "denoising.md").read_text()
    assert "# A field without its noise" in page and "| **wide** |" in page
    assert "[denoising.md](denoising.md)" in (results / "benchmark.md").read_text()


@pytest.mark.parametrize("figure", FIGURES)
def test_a_new_figure_is_drawn_and_shown(results, figure):
    assert (results / "figures" / f"{figure}.png").stat().st_size > 5000
    page = (results / f"{figure.split('/')[0]}.md").read_text()
    assert f"(figures/{figure}.png)" in page


@pytest.mark.parametrize(
    ("area", "method", "metric"),
    [
        ("inversion", "octaves", "loss_total_ic2"),
        ("sparse", "shepard", "psnr_pooled_db"),
        ("compression", "palette", "rate_bpp"),
        ("radiance", "blobs", "psnr_db"),
    ],
)
def test_a_new_method_stands_in_its_areas_table_and_page(results, area, method, metric):
    rows = table(results, area).query("method == @method")
    assert set(rows.status) == {"ok"} and metric in set(rows.metric)
    assert method in (results / f"{area}.md").read_text().lower()


def test_a_new_data_set_is_written_and_coded(results):
    assert (results / "data" / "chessboard.nc").exists()
    assert "Chessboard of 12 squares" in (results / "compression.md").read_text()


def test_a_new_metric_is_measured_of_every_run(results):
    biased = table(results, "compression").query("metric == 'bias_data'")
    assert set(biased.method) == {"jpeg", "webp", "palette"} and biased.value.between(0, 0.1).all()


def test_new_claims_are_judged_by_what_was_run(results):
    judged = pd.read_csv(results / "tables" / "compression_claims.csv").set_index("id")
    assert judged.verdict["mine-webp-smaller"] == "confirmed"
    assert judged.verdict["mine-webp-known"] == "not measured"
    assert "shacira-60-times" in judged.index
    assert "Notes on Picture Formats" in (results / "claims.md").read_text()
