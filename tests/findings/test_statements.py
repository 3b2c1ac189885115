"""The verdicts of several studies as one."""

import pandas as pd
import pytest
from fieldbench.findings import statements
from fieldbench.report.claims import CLASSES, COLUMNS, NOT_IN_RUN, OPEN


def judged(*rows):
    """Verdicts: id, study, regime, verdict, what was measured, verdict on the size."""
    left = {"undecided": OPEN, "not measured": NOT_IN_RUN}
    made = [
        {"document": "Notes", "sentence": f"{name} is so.", "id": name, "study": study, "regime": regime,
         "verdict": verdict, "measured": measured, "size": size, "left": left.get(verdict, ""), "main": name == "a"}
        for name, study, regime, verdict, measured, size in rows
    ]  # fmt: skip
    return pd.DataFrame(made).reindex(columns=[*COLUMNS, "study"], fill_value="")


def the(found, name):
    return found.set_index("id").loc[name]


def test_a_verdict_outweighs_what_no_study_could_decide():
    found = statements.together(
        judged(
            ("a", "first", "", "not measured", "V1 was not run", ""),
            ("a", "second", "", "undecided", "-1 [-3, 1] dB", ""),
            ("a", "third", "", "refuted", "-2 [-3, -1] dB", "refuted"),
            ("b", "first", "", "undecided", "0 dB", ""),
        )
    )
    a = the(found, "a")
    assert (a.verdict, a.measured, a.studies, a["size"], a.left) == (
        "refuted", "-2 [-3, -1] dB", "third", "refuted", "",
    )  # fmt: skip
    assert a.main and not the(found, "b").main
    assert the(found, "b").left == OPEN
    assert statements.decided(found) == 1


def test_verdicts_that_differ_are_both_said_with_their_places():
    found = statements.together(
        judged(
            ("a", "first", "open", "confirmed", "-2 %", ""),
            ("a", "first", "as-run", "refuted", "+2 %", ""),
            ("a", "second", "open", "undecided", "0 %", ""),
        )
    )
    a = the(found, "a")
    assert a.verdict == statements.DEPENDS and a.studies == "first" and a.left == ""
    assert a.measured == "**confirmed** in first open: -2 %; **refuted** in first as-run: +2 %"
    assert statements.counts(found)[statements.DEPENDS] == 1


def test_a_class_says_more_than_that_a_study_did_not_run_it():
    rows = judged(
        ("a", "first", "", "not measured", "no cube was run", ""),
        ("a", "second", "", "not measured", "it is elsewhere", ""),
    )
    rows.loc[1, "left"] = CLASSES["elsewhere"]
    a = the(statements.together(rows), "a")
    assert (a.verdict, a.left, a.measured, a.studies) == (
        "not measured",
        CLASSES["elsewhere"],
        "it is elsewhere",
        "",
    )


def test_statements_without_a_verdict_are_told_by_class():
    found = statements.together(
        judged(("a", "first", "", "undecided", "", ""), ("b", "first", "", "not measured", "", ""))
    )
    told = statements.by_class(found, (NOT_IN_RUN, OPEN, "nothing"))
    assert {why: list(own.id) for why, own in told.items()} == {NOT_IN_RUN: ["b"], OPEN: ["a"]}


@pytest.mark.parametrize("verdict", ["confirmed", "refuted"])
def test_one_verdict_in_all_places_is_that_verdict(verdict):
    found = statements.together(judged(("a", "x", "r", verdict, "1", ""), ("a", "y", "s", verdict, "2", "")))
    assert the(found, "a").verdict == verdict and the(found, "a").studies == "x, y"
