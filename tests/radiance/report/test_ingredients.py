"""What each ingredient brings, left out and added."""

import pytest

from tests.radiance.report.study import key
from tests.report.pages import headline, row


def ratios(cells):
    """Without their intervals."""
    return [cell.split(" ×")[0] for cell in cells]


def test_where_no_ingredient_gains_the_page_says_so(made):
    group = {"experiment": "ingredients"}
    made.add("hash", 31.0, **group).add("hash-with-half", 30.0, **group)
    text = headline(made, "Ingredients, mic**: no")
    assert "no ingredient brings more than 0.1 dB: at best half (worse, -1.00" in text


def test_ingredients_are_judged_from_both_ends(full):
    """Seeds of both differ by 0.02 dB: 4.577 sqrt(2 / 3) 0.02 for one of five comparisons, with four degrees of freedom."""
    found = row(full.page(), "**termination**", "What each ingredient brings")
    cells = [text.strip() for text in found.strip("|").split("|")]
    assert cells[1] == "undecided, +0.000 [-0.075, +0.075]" and cells[5] == "2.0 × sooner at 28 dB"
    assert ratios(cells[2:5]) == ["1.0", "2.0", "2.0"]
    assert cells[6] == "better, +1.000 [+0.925, +1.075]" and cells[10] == "–"
    assert ratios(cells[7:10]) == ["1.0", "4.0", "2.0"]
    other = [text.strip() for text in row(full.page(), "**half**").strip("|").split("|")]
    assert other[1:6] == ["–"] * 5 and other[6].startswith("worse, -1.000 [")
    assert ratios(other[7:10]) == ["1.0", "1.1", "1.0"] and other[10].endswith("sooner at 25 dB")


def test_what_is_compared_at_once_is_a_family(full):
    """PSNR: four with the reference, and termination added to the plain one; savings: three; times: two are known."""
    study = full.study()
    assert study.family_sizes(study.experiments["ingredients"], "mic") == {
        "psnr_db": 5, "step_seconds": 3, "sample_seconds": 3, "queries_per_ray_count": 3, "sooner": 2,
    }  # fmt: skip
    text = full.page()
    assert "Over 3 seeds; comparisons of PSNR here and below are a family of 5." in text
    assert (
        "both ends a family: time per step while training 3, time per query while training 3, "
        "queries per ray 3, time to a PSNR 2." in text
    )


def test_a_question_has_one_answer_from_either_side(full):
    """The table of qualities has it against the reference, that of ingredients what the reference has more."""
    study = full.study()
    pair = [key(name, experiment="ingredients") for name in ("hash", "hash-with-half")]
    one, other = (study.comparison(*each, "psnr_db").change for each in (pair, pair[::-1]))
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low)) and one.low > 0
    assert "worse, -1.000 [-1.075, -0.925]" in row(full.page(), "**hash-with-half**", "### Ingredients: mic")


def test_the_ingredients_headline_says_what_saves_most(full):
    text = headline(full, "Ingredients, mic**: no ingredient")
    assert "at best termination (undecided, +0.000" in text
    assert "most time per query saved by termination (2.0 ×)" in text


def test_no_ingredient_saves_what_none_does(made):
    group = {"experiment": "ingredients"}
    made.add("hash", 31.0, **group).add("hash-without-termination", 31.0, sample_seconds=1e-6, **group)
    assert "no ingredient saves time per query (at best 0.50 ×)" in headline(made, "Ingredients, mic**: no")
