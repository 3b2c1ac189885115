"""The page on compression: intervals, failures, and sections that have no runs."""

import pytest

from tests.compression.report.study import annealing, bounded, images, scaling
from tests.report import agreement
from tests.report.pages import headline


def test_intervals_say_over_what_they_are(full):
    text = headline(full, "How sure")
    assert "Photographs: over 3 seeds x 3 inputs, each column of rates a family of 4" in text
    assert "Annealing: over 3 seeds on busy, each column against the first a family of 2" in text


def test_the_page_contradicts_itself_nowhere(full):
    text = full.page()
    assert len(list(agreement.changes(text))) > 20
    assert [fault for line in text.splitlines() for fault in agreement.contradictions(line)] == []


def test_failures_and_absent_inputs_are_listed(full):
    full.fail("shacira", "loss is not finite").fail("-", "no file", dataset="kodim01", status="skipped")
    text = full.page()
    assert "loss is not finite" in text and "- kodim01: skipped. no file" in text


def test_without_runs_the_page_says_so(made):
    text = made.fail("shacira", "no file", dataset="busy", status="skipped").page()
    for line in (
        "Nothing was run.",
        "No file of a learned codec",
        "No training was diagnosed.",
        "No figure was drawn.",
    ):
        assert line in text
    assert "## Photographs" not in text and "No file was written; the reasons are below." in text


@pytest.mark.parametrize("part", [images, annealing, scaling, bounded])
def test_any_single_experiment_makes_a_page(part, made):
    text = part(made).page()
    assert "nan" not in text.replace("nano", "") and text.count("\n## ") >= 7


def test_a_page_of_another_order_of_records_is_the_same_answer(full):
    before = full.headlines()
    full.records.reverse()
    assert full.headlines()[:2] == before[:2]
