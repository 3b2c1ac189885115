"""The pipeline from an empty folder to its pages, and what an edit reruns."""

import json
import os

import pandas as pd
import pytest
from fieldbench.report import html

from tests.report import agreement, made_report

pytestmark = [pytest.mark.pipeline, pytest.mark.xdist_group("pipeline")]


def test_the_page_shows_every_method_and_the_dataset_that_is_absent(finished):
    page = (finished.folder / "results" / "inversion.md").read_text()
    for method in ("pixelwise", "regularized", "v0", "v1", "v4", "factorized"):
        assert method in page.lower()
    assert "plage-crisp5173" in page and "skipped" in page


def test_the_sparse_page_shows_every_method_and_the_task_that_is_absent(finished):
    page = (finished.folder / "results" / "sparse.md").read_text()
    for method in ("nearest", "optimal-interpolation", "transformer-original", "transformer-right", "V11"):
        assert method in page
    assert "sst-anomaly" in page and "is missing and downloading is off" in page


def test_the_index_opens_with_the_answers_of_all_areas(finished):
    index = (finished.folder / "results" / "benchmark.md").read_text()
    for area in ("inversion", "sparse", "compression", "radiance"):
        assert f"[{area}.md]({area}.md)" in index
    assert "Technical Report" in index and "SHACIRA" in index


def test_every_sparse_run_has_a_record_with_its_diagnosis(finished):
    table = pd.read_parquet(finished.folder / "results" / "tables" / "sparse.parquet")
    learned = table[table.metric == "diagnosed_swap_drop_db"]
    assert set(learned.method) == {"transformer-original", "transformer-right", "v11"}
    assert {"psnr_mean_db", "field_seconds"} <= set(table[table.method == "nearest"].metric)


def test_every_mean_psnr_has_the_fields_that_it_is_the_mean_of(finished):
    table = pd.read_parquet(finished.folder / "results" / "tables" / "sparse.parquet")
    psnr = (
        table[table.metric == "psnr_mean_db"].groupby(["dataset", "regime", "method", "seed", "over"]).value
    )
    means = psnr.mean().unstack("over")
    assert set(means.columns) == {"", "field"} and means[""].to_numpy() == pytest.approx(
        means["field"].to_numpy()
    )


def test_an_edit_to_one_technique_reruns_the_versions_that_use_it(finished):
    undo = finished.edit(
        "workflow/fieldbench/sparse/versions.py", '"longest_gradient": 1.0', '"longest_gradient": 2.0'
    )
    planned = finished.planned()
    undo()
    assert planned["train_sparse"] == 1 and "reconstruct" not in planned and "train_encoder" not in planned


def test_every_figure_exists_in_both_formats(finished, full_config):
    folder = finished.folder / "results" / "figures" / "inversion" / "plage-synthetic"
    for name in full_config["inversion"]["figures"]:
        assert (folder / f"{name}.svg").stat().st_size > 1000
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_pages_claims_and_tables_say_one_thing(finished):
    assert agreement.faults(finished.folder / "results") == []


def test_the_table_holds_every_seed_with_units_and_no_gap(finished):
    table = pd.read_parquet(finished.folder / "results" / "tables" / "inversion.parquet")
    v1 = table[(table.method == "v1") & (table.regime == "strict") & (table.metric == "b_los_rmse_gauss")]
    draws = v1[v1.over == "block"]
    v1 = v1[v1.over == ""]
    assert len(draws) == 2 * 16 and set(draws.draw) == set(range(16))
    assert sorted(v1.seed) == [0, 1] and set(v1.unit) == {"gauss"} and v1.value.notna().all()
    assert "skipped" in set(table.status)


def test_records_say_what_they_ran_on(finished):
    file = finished.folder / "results/inversion/plage-synthetic/strict/v1/0/training.json"
    found = json.loads(file.read_text())["provenance"]
    assert {"code", "device", "torch", "python", "processor"} <= found.keys()


def test_after_a_finished_run_there_is_nothing_to_do(finished):
    assert finished.planned() == {}


def test_an_edit_to_one_encoder_reruns_its_jobs_and_what_hangs_on_them(finished):
    undo = finished.edit(
        "workflow/fieldbench/encoders/factorized.py", "\nimport", "\nNEW_CONSTANT = 1\nimport"
    )
    planned = finished.planned()
    undo()
    assert planned["train_encoder"] == 2, "the two seeds of `factorized`, and no other"
    assert planned["evaluate"] == 1
    assert not {"prepare_data", "weak_field", "invert_classical"} & planned.keys()


def test_a_comment_reruns_nothing(finished):
    undo = finished.edit(
        "workflow/fieldbench/encoders/factorized.py", "\nimport", "\n# why this is so\nimport"
    )
    planned = finished.planned()
    undo()
    assert planned == {}


def test_a_touched_script_reruns_nothing(finished):
    os.utime(finished.folder / "workflow/scripts/train_encoder.py")
    assert finished.planned() == {}


def test_a_changed_figure_trains_nothing(finished):
    undo = finished.edit(
        "workflow/fieldbench/inversion/figures/maps.py", "\nimport", "\nNEW_CONSTANT = 1\nimport"
    )
    planned = finished.planned()
    undo()
    assert planned == {"figure": 1}


def test_tables_figures_and_pages_are_made_again_without_torch(finished, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('a report must not need torch')\n")
    pages = sorted((finished.folder / "results").glob("*.md"))
    before = [page.read_text() for page in pages]
    environment = {"PYTHONPATH": f"{tmp_path}:{finished.folder / 'workflow'}"}
    rules = ("evaluate", "score_reconstructions", "sparse_limits", "collect", "claims")
    rules += ("claims_page", "figure", "page", "index")
    result = finished.snakemake("--cores", "2", "--forcerun", *rules, environment=environment)
    assert result.returncode == 0, result.stdout + result.stderr
    assert [page.read_text() for page in pages] == before


def test_a_removed_intermediate_is_made_again_when_it_is_needed(finished):
    (finished.folder / "results/inversion/plage-synthetic/strict/v0/1/field.nc").unlink()
    assert finished.planned("--forcerun", "evaluate")["train_encoder"] == 1
    assert finished.snakemake("--cores", "2", "--forcerun", "evaluate").returncode == 0


def test_the_report_holds_every_record_and_every_claim(finished):
    results = finished.folder / "results"
    data = made_report.data_of((results / "report.html").read_text())
    tables = [pd.read_csv(path, keep_default_na=False) for path in results.glob("tables/*_claims.csv")]
    sentences = [row[html.CLAIMS.index("sentence")] for row in data["claims"]]
    assert sorted(sentences) == sorted(pd.concat(tables).sentence)
    records = pd.concat(pd.read_csv(path) for path in results.glob("tables/*_records.csv"))
    assert {made["file"] for run in data["runs"] for made in run["records"]} == set(records.file)
    assert {run["area"] for run in data["runs"]} == {"inversion", "sparse", "compression", "radiance"}
    assert all(made["code"] for run in data["runs"] for made in run["records"])


def test_snakemakes_report_holds_ours_and_the_captions(finished):
    stylesheet = "workflow/report/workflow.css"
    result = finished.snakemake("--report", "results/workflow.html", "--report-stylesheet", stylesheet)
    assert result.returncode == 0, result.stderr
    text = (finished.folder / "results" / "workflow.html").read_text()
    for part in (
        "results/report.html",
        "results/claims.md",
        "maps.png",
        "the answers first",
        "Magnetic field of",
    ):
        assert part in text


def test_the_full_benchmark_can_be_planned(finished):
    result = finished.snakemake("--dry-run", "--cores", "8", "--resources", "gpu=4", config=None)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "train_encoder" in result.stdout


@pytest.mark.parametrize("results", ["/proc/nowhere"])
def test_a_results_folder_that_cannot_be_written_stops_before_the_first_job(finished, results):
    overlay = finished.folder / "config" / "unwritable.yaml"
    overlay.write_text(
        (finished.folder / "config" / "tiny.yaml")
        .read_text()
        .replace("results: results", f"results: {results}")
    )
    result = finished.snakemake("--cores", "1", config="config/unwritable.yaml")
    assert result.returncode != 0
    assert f"Cannot write {results}" in result.stdout + result.stderr


def test_a_misspelt_key_stops_at_load_with_one_sentence(finished):
    result = finished.snakemake("--cores", "1", "--config", "devise=cpu")
    assert result.returncode != 0
    assert "unknown key 'devise'; did you mean 'device'?" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
