"""A finished run among the published studies, and the page that answers from all."""

import json

import pandas as pd
import pytest
import yaml
from fieldbench.errors import UserError
from fieldbench.findings import page, publication
from fieldbench.report import claims
from PIL import Image

CARD = {
    "question": "B_los", "dataset": "plage-synthetic", "use": "V6", "level": "1.02 [1.01, 1.03] reduced χ²", "note": "",
    "certainty": "clear", "sure": "next, V1: worse", "cost": "12 s to compute", "neural": None, "classical": None,
    "against": "", "gallery": "", "data": ["plage-synthetic"],
}  # fmt: skip
ROWS = [
    ("one", "V1 is better.", "confirmed", True, "refuted"),
    ("two", "V2 is better.", "refuted", False, ""),
]


def run_in(folder, state="done"):
    """A finished run of one job in the area inversion."""
    (folder / "tables").mkdir(parents=True)
    (folder / "logs").mkdir()
    (folder / "figures/inversion").mkdir(parents=True)
    (folder / "benchmark.md").write_text("# Answers\n")
    (folder / "inversion.md").write_text("# Inversion\n")
    Image.new("RGB", (4, 4), (10, 20, 30)).save(folder / "figures/inversion/map.png")
    shown = {"area": "inversion", "question": "A magnetic field", "cards": [CARD]}
    (folder / "tables/inversion_highlights.json").write_text(json.dumps(shown))
    rows = pd.DataFrame(ROWS, columns=["id", "sentence", "verdict", "main", "size"]).assign(
        document="Technical Report"
    )
    rows.reindex(columns=claims.COLUMNS, fill_value="").to_csv(
        folder / "tables/inversion_claims.csv", index=False
    )
    job = {
        "rule": "collect",
        "area": "report",
        "method": "collect",
        "name": "collect",
        "log": "logs/collect.log",
    }
    plan = {"started": 100.0, "host": "here", "pid": 1, "jobs": [{**job, "needed": True}]}
    (folder / "plan.json").write_text(json.dumps(plan))
    account = {
        "state": state, "reason": "", "pid": 1, "host": "here", "device": "", "attempt": 1, "began": 100.0, "updated": 190.0,
        "done": 1, "total": 1, "loss": None, "phase": "", "seconds_left": None,
    }  # fmt: skip
    (folder / "logs/collect.status.json").write_text(json.dumps(account))
    return folder


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"about": "What is it for?"}))
    return file


def test_what_is_published_is_read_back(tmp_path, config):
    made = publication.publish(run_in(tmp_path / "results"), tmp_path / "published/mine", config)
    assert publication.read(tmp_path / "published/mine") == made
    assert (made.name, made.about, made.jobs, made.seconds) == ("mine", "What is it for?", 1, 90.0)
    assert made.areas[0].cards[0].use == "V6"
    with Image.open(tmp_path / "published/mine/figures/inversion/map.png") as picture:
        assert picture.convert("RGB").getpixel((0, 0)) == (10, 20, 30)
    assert not list(tmp_path.glob("published/mine/tables/*highlights*"))  # pictures are in the report already


def test_a_run_that_has_not_ended_is_not_published(tmp_path, config):
    with pytest.raises(UserError, match=r"1 jobs of .* are not done"):
        publication.publish(run_in(tmp_path / "results", state="failed"), tmp_path / "published/mine", config)
    with pytest.raises(UserError, match=r"no benchmark\.md"):
        publication.publish(tmp_path, tmp_path / "published/mine", config)
    assert not (tmp_path / "published").exists()


def test_a_folder_without_facts_names_the_remedy(tmp_path):
    with pytest.raises(UserError, match="make publish RUN=old"):
        publication.read(tmp_path / "old")


def test_the_page_answers_and_judges_from_all_studies(tmp_path, config):
    made = publication.publish(run_in(tmp_path / "results"), tmp_path / "published/mine", config)
    claimed = tmp_path / "claims"
    claimed.mkdir()
    known = {"documents": {"report": {"title": "Technical Report", "about": "Encodings."}}, "claims": []}
    (claimed / "inversion.yaml").write_text(yaml.safe_dump(known))
    page.write(tmp_path / "published", [made], claimed, older=["old"])
    text = (tmp_path / "published/README.md").read_text()
    assert "2 of 2 statements of 1 document have a verdict" in text
    assert (
        "| plage-synthetic: B_los | **V6** | 1.02 [1.01, 1.03] reduced χ² | *clear* | 12 s to compute |"
        in text
    )
    assert (
        "V1 is better." in text and "V2 is better." not in text
    )  # only the main ones; all on the page of claims
    assert "[old](old/benchmark.md)" in text and "1.5 min" in text
    everything = (tmp_path / "published/claims.md").read_text()
    assert "V1 is better." in everything and "V2 is better." in everything
    assert list(pd.read_csv(tmp_path / "published/claims.csv").verdict) == ["confirmed", "refuted"]
