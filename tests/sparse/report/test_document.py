"""What the document expects, beside what was measured."""

import numpy as np
import pytest
from fieldbench.report.statistics import Estimate
from fieldbench.sparse.report.document import method_lines, status

from tests.report.pages import row
from tests.sparse.report.study import TASKS, render


def test_configurations_are_set_against_what_was_expected(full):
    text = render(full)
    part = "### Configurations on simple"
    assert "| undecided |" in row(text, "Before fixes", part)  # 6 dB, with an interval wider than 5 to 7
    assert "| below |" in row(text, "After Fix 1+2+3", part) and "28 to 35" in row(
        text, "After Fix 1+2+3", part
    )
    assert "V13 of 4 versions" in row(text, "With the best techniques", part)
    fix = row(text, "Fix 2", part)
    assert "+2 to +3" in fix and "better, +0.4" in fix and "| below |" in fix
    assert "mamba: PSNR" not in text


@pytest.mark.parametrize(
    ("ends", "word"),
    [((25.1, 29), "as expected"), ((20, 24), "below"), ((31, 33), "above"), ((24, 26), "undecided"), ((1, 99), "undecided")],
)  # fmt: skip
def test_status(ends, word):
    level = Estimate(np.mean(ends), 1.0, *ends, 8)
    assert status(level, (25, 30)) == word


def test_the_6_db_are_told_by_lines_and_diagnosis(full):
    (line,) = method_lines(full.finished(TASKS), "simple")
    assert "(transformer-original) on simple: 6.0 [" in line
    assert "nearest to an independent draw (6.0 dB; the constant mean has 9.0 dB; pooled 5." in line
    assert "Verdict: ignores its observations. An independent field's observations cost 0.1 dB" in line
    assert "with its three fixes (transformer-fixes-1-2-3) 6.3 dB" in line
    assert "with every factor right (transformer-right) 16.0 dB, the bar (stack) 35.0 dB" in line


def test_sets_of_fixes_programs_and_advice_stand_beside_what_they_are_compared_with(full):
    """6.1 and 5.0 dB against 6.0 before the fixes; 6.4 against 6.3 after them."""
    text = render(full)
    part = "### Configurations on simple"
    assert "+0.1" in row(text, "Fixes 1 and 2", part)
    assert "worse, -1.0" in row(text, "only attention reaches the output", part)
    assert "+0.1" in row(text, "twice as many queries (400 in place of 200)", part)
    assert "| Fixes 2 and 3 |" not in text
