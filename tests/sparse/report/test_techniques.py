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
