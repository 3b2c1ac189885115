"""Versions and pairs of techniques, against hand-computed differences."""

import pytest
from fieldbench.sparse.report.techniques import interactions, versions

from tests.report.pages import row
from tests.sparse.report.study import render


def test_versions_and_pairs(full):
    """1 and 2 dB alone, 4 together: 1 beyond the sum. Without `clipping` alone, its pair has no sum."""
    study = full.finished()
    ranked = versions(study, "simple")
    assert [version.key.method for version in ranked] == ["v13", "v4", "v3", "v14"]
    assert [version.gain.verdict for version in ranked] == ["better"] * 3 + ["worse"]
    (pair, found), *others = interactions(study, "simple").items()
    assert pair == ("reflow", "multi_scale") and not others
    assert found.mean == pytest.approx(1) and found.change.over == (("field", 8),)
    assert {version.gain.family for version in ranked} == {4}
    assert "4 comparisons with the base at once" in render(full)
    assert row(render(full), "reflow + multi_scale").startswith(
        "| reflow + multi_scale | help one another | +1.0"
    )


def test_techniques_have_numbers_and_pairs_a_matrix(full):
    """Row and column are techniques, the diagonal is each alone."""
    text, part = render(full.network("v58", 12.0, "versions")), "### Versions on simple"
    assert row(text, "**transformer-fixes-1-2-3**", part).split("|")[2].strip() == "none"
    assert row(text, "**V4**", part).split("|")[2].strip() == "2 multi_scale"
    assert [cell.strip() for cell in row(text, "1 reflow", part).split("|")[2:-1]] == ["**+1.0**", "", ""]
    assert [cell.strip() for cell in row(text, "2 multi_scale", part).split("|")[2:-1]] == [
        "**+4.0**",
        "**+2.0**",
        "",
    ]
    assert [cell.strip() for cell in row(text, "3 clipping", part).split("|")[2:-1]] == ["**-1.0**", "–", "–"]
    assert row(text, "**V58**", part).split("|")[2].strip() == "1+2+3"
