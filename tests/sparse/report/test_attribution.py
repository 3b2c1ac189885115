"""What each factor is worth, against hand-computed differences."""

import pytest
from fieldbench.sparse.report.attribution import worths
from fieldbench.sparse.report.families import LEFT_WRONG, PUT_RIGHT
from fieldbench.sparse.report.results import PSNR

from tests.report.pages import row
from tests.sparse.report.study import render


def test_factors_from_both_ends(full):
    """A factor of flows is measured against the right flow, 14 dB, and not against the right mean, 16 dB."""
    factors = worths(full.finished(), "simple", "transformer")
    sizes = {worth.name: [worth.gain(PUT_RIGHT), worth.gain(LEFT_WRONG)] for worth in factors}
    assert sizes == {
        "sampler": pytest.approx([1, 9]),
        "objective": pytest.approx([4, 2]),
        "queries": pytest.approx([0.5, 3]),
    }
    assert list(sizes) == ["sampler", "objective", "queries"]
    text = render(full)
    assert "All factors together: +10.0" in text and "Each alone, added up: +5.5 dB" in text
    assert "better, +9.0" in row(text, "sampler", "### transformer on simple")


def test_all_factors_from_both_ends_are_one_family(full):
    """Six comparisons; a claim on one of them has the table's interval, and all factors together stand alone."""
    study = full.finished()
    assert {
        gain.family for worth in worths(study, "simple", "transformer") for gain in worth.gains.values()
    } == {6}
    pair = study.pair("simple", "transformer-right", "transformer-right-but-queries")
    queries = worths(study, "simple", "transformer")[2]
    assert study.comparison(*pair, PSNR).change == queries.gains[LEFT_WRONG].change
    whole = study.pair("simple", "transformer-right", "transformer-fixes-1-2-3")
    assert study.comparison(*whole, PSNR).family == 1
    text = render(full)
    assert "6 comparisons from both ends at once" in text
    assert "From the document's fixed method (dB) [95 % over 8 fields, one training]" in text
