"""The page on statistics: its code recomputes what a table shows, its example is right."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from fieldbench.report.formatting import change_text
from fieldbench.report.statistics import Scale, compare_two
from fieldbench.report.tables import Key

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")


def test_twenty_lines_of_pandas_give_the_numbers_of_the_table(benchmark_study, tmp_path, monkeypatch, capsys):
    (tmp_path / "results" / "tables").mkdir(parents=True)
    benchmark_study.long().to_parquet(tmp_path / "results" / "tables" / "inversion.parquet")
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    exec(compile(code, "docs/statistics.md", "exec"), {})
    printed = re.findall(r"[+-][\d.]+", capsys.readouterr().out)
    study = benchmark_study.finished()
    key, reference = (Key("plage-synthetic", "strict", method) for method in ("v1", "v0"))
    shown = re.findall(r"[+-][\d.]+", change_text(study.comparison(key, reference, "loss_total_ic2")))
    assert [float(number) for number in printed] == [float(number) for number in shown]


def test_the_example_is_right():
    draws = [
        pd.Series(values, index=pd.RangeIndex(3, name="seed"))
        for values in ([3.95, 3.9, 3.97], [4.1, 4.0, 4.05])
    ]
    found = compare_two(*draws, Scale.RATIO, lower_is_better=True)
    alone, together = (
        [*map(lambda end: f"{end:+.1f} %", (each.percent.low, each.percent.high))]
        for each in (found, found.among(6))
    )
    assert alone == re.findall(r"[+-][\d.]+ %", PAGE[PAGE.index("Alone, its interval") :])[:2]
    assert together == re.findall(r"[+-][\d.]+ %", PAGE[PAGE.index("gives [") :])[:2]
    assert f"{100 * np.expm1(found.change.mean):+.2f} %" in PAGE
    assert (found.verdict, found.among(6).verdict) == ("better", "undecided")
