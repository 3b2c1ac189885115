"""PSNR of every test field, looked up and compared by hand."""

import numpy as np
import pandas as pd
import pytest
from fieldbench.report.tables import Key
from fieldbench.sparse.report.per_field import COLUMNS, Fields


def test_a_difference_is_taken_field_by_field(study):
    study.add("stack", 20.0).add("linear", 18.0)
    study.rows = [
        (*row[:5], psnr, row[6])
        for row, psnr in zip(
            study.rows, [20, 22, 24, 20, 20, 20, 20, 20, 19, 20, 21, 20, 20, 20, 20, 20], strict=True
        )
    ]
    found = Fields(study.fields)
    difference = found.difference(*found.pair("simple", "stack", "linear"))
    assert difference.absolute.mean == pytest.approx((1 + 2 + 3) / 8)
    assert difference.absolute.spread == pytest.approx(np.std([1, 2, 3, 0, 0, 0, 0, 0], ddof=1))


def test_a_field_counts_once_however_many_seeds():
    rows = [("t", "g", "m", seed, field, 10.0 + seed + field, 0.1) for seed in range(3) for field in range(2)]
    table = pd.DataFrame([*rows, ("t", "g", "broken", 0, 0, np.nan, np.nan)], columns=COLUMNS)
    found = Fields(table)
    assert list(found.psnr(Key("t", "g", "m"))) == [11, 12]
    assert [key.method for key in found.keys("t")] == ["m"]


def test_runs_of_one_group_are_compared_first(study):
    study.add("a", 1.0, "one").add("b", 2.0, "two").add("a", 3.0, "two")
    pair = Fields(study.fields).pair("simple", "a", "b")
    assert [key.regime for key in pair] == ["two", "two"]
