"""What each ingredient brings, left out and added."""

from tests.report.pages import headline, row


def test_where_no_ingredient_gains_the_page_says_so(made):
    group = {"experiment": "ingredients"}
    made.add("hash", 31.0, **group).add("hash-with-half", 30.0, **group)
    assert "no ingredient gains PSNR: at best half (worse, -1.00" in headline(made, "Ingredients, mic**")


def test_ingredients_are_judged_from_both_ends(full):
    found = row(full.page(), "**termination**", "What each ingredient brings")
    cells = [text.strip() for text in found.strip("|").split("|")]
    assert cells[1] == "same, +0.00 [+0.00, +0.00]"
    assert cells[2:6] == ["1.0 ×", "2.0 ×", "2.0 ×", "2.0 × sooner at 28 dB"]
    assert cells[6].startswith("better, +1.00") and cells[7:] == ["1.0 ×", "4.0 ×", "2.0 ×", "–"]
    other = [text.strip() for text in row(full.page(), "**half**").strip("|").split("|")]
    assert other[1:6] == ["–"] * 5 and other[6].startswith("worse, -1.00 [")
    assert other[7:] == ["1.0 ×", "1.1 ×", "1.0 ×", "1.1 × sooner at 25 dB"]


def test_the_ingredients_headline_says_what_saves_most(full):
    text = headline(full, "Ingredients, mic**: most")
    assert "most PSNR by termination (same, +0.00" in text
    assert "most time per query saved by termination (2.0 ×)" in text


def test_no_ingredient_saves_what_none_does(made):
    group = {"experiment": "ingredients"}
    made.add("hash", 31.0, **group).add("hash-without-termination", 31.0, sample_seconds=1e-6, **group)
    assert "no ingredient saves time per query (at best 0.50 ×)" in headline(made, "Ingredients, mic**: most")
