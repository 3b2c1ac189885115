"""Where the bytes go."""

import pytest
from fieldbench.compression.report.breakdown import parts_of

from tests.compression.report.study import PIXELS
from tests.report.pages import row


def test_where_the_bytes_go(full):
    text = row(full.page(), "**shacira** | p4", "## Where the bytes go")
    size = 2.0 * PIXELS / 8
    assert f"| {100 * 12 / size:.1f} % | {100 * 30 / size:.1f} % | – | – | 50.0 % | 40.0 % | 1.2 × |" in text
    study = full.study()
    bits = parts_of(study, study.experiments["images"], "shacira", "p4")
    assert list(bits) == ["header_bytes", "networks_bytes", "level_00_bytes", "level_01_bytes"]
    assert bits["level_01_bytes"] == pytest.approx(0.8)
