"""What each factor is worth, against hand-computed differences."""

import pytest
from fieldbench.sparse.report.attribution import LEFT_WRONG, PUT_RIGHT, worths

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
