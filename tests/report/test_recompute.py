"""Published numbers, computed again from the published long tables."""

import shutil
from pathlib import Path

from tests.report import recompute

RESULTS = Path(__file__).resolve().parents[2] / "docs/results"


def test_published_numbers_follow_from_the_published_tables():
    assert len(list(recompute.numbers(RESULTS))) == 5
    assert recompute.faults(RESULTS) == []


def test_a_number_that_does_not_is_named(tmp_path):
    copied = tmp_path / "results"
    for study in ("fixes", "ingredients"):
        shutil.copytree(RESULTS / study / "tables", copied / study / "tables")
        for page in (RESULTS / study).glob("*.md"):
            shutil.copy(page, copied / study)
    page = copied / "fixes/sparse.md"
    published = "**optimal-interpolation** | "
    page.write_text(page.read_text().replace(published, published + "1"))
    (fault,) = recompute.faults(copied)
    assert fault.startswith("fixes/sparse.md does not say") and "waves by optimal interpolation" in fault
