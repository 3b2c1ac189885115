"""The comparison of photographs: files at equal PSNR, intervals, and a run that goes on where it stopped."""

import math
import sys

import numpy as np
import pytest
from fieldbench.compression import field

from tests.conftest import ROOT


@pytest.fixture
def bench(monkeypatch, tmp_path):
    """The module `photographs`, run in an empty folder."""
    monkeypatch.syspath_prepend(ROOT / "bench")
    monkeypatch.chdir(tmp_path)
    import photographs

    yield photographs
    for name in ("photographs", "measure"):
        sys.modules.pop(name, None)


def test_rates_are_compared_at_equal_psnr_within_the_ladder(bench):
    ladder = np.array([[1.0, 30.0], [2.0, 36.0]])
    assert bench.log_ratio((1.5, 30.0), ladder) == pytest.approx(math.log(1.5))
    assert bench.log_ratio((math.sqrt(2), 33.0), ladder) == pytest.approx(0, abs=1e-9)
    assert math.isnan(bench.log_ratio((1.5, 36.1), ladder))


def test_an_interval_holds_the_geometric_mean(bench):
    found = bench.interval([math.log(0.5), math.log(2.0)] * 5)
    assert found["percent"] == pytest.approx(0, abs=1e-9)
    assert -50 < found["low_percent"] < 0 < found["high_percent"] < 100
    assert bench.interval([math.log(1.2)] * 3)["low_percent"] == pytest.approx(20)


def test_what_the_table_has_is_not_run_again(bench):
    truth = field.make(
        np.zeros((1, 4, 4), np.float32) + 0.5,
        kind="image", units="1", peak=1.0, levels=0, channels=("L",),
    )  # fmt: skip
    runs = []

    def work():
        runs.append(1)
        return b"12", lambda data: truth, {}

    for setting in (0.002, 30, 0.002, 30):
        table = bench.Table("photographs", bench.COLUMNS)
        table.rows = table.read()
        bench.add(table, "small", "kodim02", "pyramid", setting, truth, work)
    assert len(runs) == 2
    assert [(row["setting"], row["bytes"], row["rate_bpp"]) for row in table.read()] == [
        ("0.002", "2", "1"),
        ("30", "2", "1"),
    ]
