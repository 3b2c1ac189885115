"""What reads finished pages finds every kind of contradiction, and nothing in pages that agree."""

import pandas as pd
import pytest

from tests.report import agreement

HEAD = "| Version | Loss | vs V0 [95 %] |\n| :--- | ---: | ---: |\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("undecided, +39.4 % [+25.2, +53.6]", "leaves out no change"),
        ("better, -1.9 % [-4.0, +0.2]", "holds no change"),
        ("worse, 1.2 × [0.9, 1.6]", "holds no change"),
        ("better, -93.3 % [-101.3, -84.9]", "below -100 %"),
        ("undecided, +58.9 %", "verdict without interval"),
        ("| **V1** | better, +0.05 dB |", "verdict without interval"),
        ("PSNR 21.0 [-13.0, 55.0] over 2 inputs", "from 2 draws"),
    ],
)
def test_a_contradiction_is_found(text, fault):
    assert any(fault in found for found in agreement.contradictions(text))


@pytest.mark.parametrize(
    "text",
    [
        "undecided, +39.4 % [-5.2, +83.6]",
        "better, -93.3 % [-99.3, -84.9]",
        "worse, 4.2 × [1.4, 13]",
        "better, +0.52 [+0.14, +0.90] dB",
        "| **V1** | 1.01 [0.99, 1.03] | -3.2 % |",
        "same, +0.0 % [+0.0, +0.0]",
    ],
)
def test_what_agrees_is_left_alone(text):
    assert list(agreement.contradictions(text)) == []


def long(*seeds):
    """A long table of one method on one data set."""
    rows = {"method": "v1", "dataset": "plage", "regime": "open", "metric": "loss_total_ic2", "status": "ok"}
    return pd.DataFrame([{**rows, "seed": seed} for seed in seeds])


def test_an_interval_needs_three_draws():
    page = HEAD + "| **V1** | 1.0 | -3.0 % [-4.0, -2.0] |\n"
    assert list(agreement.too_few(page, long(0, 1))) == ["V1: an interval, from 2 draws at most"]
    assert list(agreement.too_few(page, long(0, 1, 2))) == []


def claims(verdict, expected="lower"):
    """One judged claim."""
    row = {"id": "one", "verdict": verdict, "expected": expected, "measured": "-1.9 % [-2.9, -0.9]"}
    return pd.DataFrame([row])


def test_a_question_that_is_answered_in_two_ways():
    page = HEAD + "| **V1** | 1.0 | undecided, -1.9 % [-2.9, -0.9] |\n"
    assert "confirmed, but V1 is undecided" in next(agreement.answered_twice(page, claims("confirmed")))
    agreed = HEAD + "| **V1** | 1.0 | better, -1.9 % [-2.9, -0.9] |\n"
    assert list(agreement.answered_twice(agreed, claims("confirmed"))) == []


def test_a_finished_folder_is_read_whole(tmp_path):
    (tmp_path / "tables").mkdir()
    claims("undecided").to_csv(tmp_path / "tables" / "inversion_claims.csv")
    long(0, 1).to_parquet(tmp_path / "tables" / "inversion.parquet")
    (tmp_path / "inversion.md").write_text(HEAD + "| **V1** | 1.0 | undecided, -1.9 % [-2.9, -0.9] |\n")
    found = " ".join(agreement.faults(tmp_path))
    for fault in ("leaves out no change", "from 2 draws at most", "claim one: undecided, -1.9 %"):
        assert fault in found
