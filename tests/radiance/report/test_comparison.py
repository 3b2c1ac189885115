"""Metrics over scenes."""

import pytest
from fieldbench.radiance.report.comparison import over
from fieldbench.report.tables import Results

from tests.radiance.report.study import key


def test_a_metric_over_scenes_is_a_mean_of_each(full):
    results = Results(full.long)
    both = over(results, [key("hash"), key("hash", "balls")], "psnr_db")
    assert dict(both) == {"mic": pytest.approx(31), "balls": pytest.approx(31)}
    assert list(over(results, [key("hash")], "psnr_db").index) == [0, 1, 2]
