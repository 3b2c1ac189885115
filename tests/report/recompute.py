"""Published numbers again, from the published long tables alone: `python -m tests.report.recompute docs/results`.

Nothing of the library is used, so that a fault of its statistics shows: pandas, numpy, and Student's t.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

LEVEL = 0.95
Part = tuple[float, float]  # a variance and its degrees of freedom


class Number(NamedTuple):
    """A published number.

    Attributes:
        page: where it stands, below the folder of results.
        about: what it is.
        text: what was computed again, as the page should have it.
    """

    page: str
    about: str
    text: str


def rows_of(folder: Path, study: str, area: str, metric: str, **names: str) -> pd.DataFrame:
    """The rows of a metric of one method."""
    table = pd.read_parquet(folder / study / "tables" / f"{area}.parquet")
    wanted = (table.status == "ok") & (table.metric == metric)
    for column, name in names.items():
        wanted &= table[column] == name
    return table[wanted]


def table_of(rows: pd.DataFrame, over: str) -> pd.DataFrame:
    """Trainings by fields or views."""
    return rows[rows.over == over].pivot(index="seed", columns="draw", values="value")


def within(mean: float, parts: list[Part], shared: float = 0.0, level: float = LEVEL) -> tuple[float, float]:
    """The ends of the interval of a mean whose variance is the sum of parts, less what two of them share (Satterthwaite)."""
    variances = np.array([variance for variance, _ in parts])
    freedom = variances.sum() ** 2 / sum(variance**2 / degrees for variance, degrees in parts)
    half = stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(max(variances.sum() - shared, variances.max()))
    return mean - half, mean + half


def over_fields(values: pd.Series) -> str:
    """A mean over test fields."""
    return shown(values.mean(), *within(values.mean(), [(values.var() / len(values), len(values) - 1)]))


def over_both(table: pd.DataFrame) -> str:
    """A mean over trainings and fields: both vary, and what neither explains counts once."""
    trainings, fields = table.shape
    by_training, by_field = table.mean(axis=1), table.sub(table.mean(axis=1), axis=0).mean(axis=0)
    left = table.sub(by_training, axis=0).sub(by_field, axis=1).to_numpy()
    shared = (left**2).sum() / ((trainings - 1) * (fields - 1)) / (trainings * fields)
    parts = [(by_training.var() / trainings, trainings - 1), (by_field.var() / fields, fields - 1)]
    return shown(by_training.mean(), *within(by_training.mean(), parts, shared))


def shown(mean: float, low: float, high: float) -> str:
    """A mean with its interval, to two digits of the interval's half."""
    decimals = max(0, 1 - int(np.floor(np.log10((high - low) / 2))))
    return "{:.{d}f} [{:.{d}f}, {:.{d}f}]".format(mean, low, high, d=decimals)


def numbers(folder: Path) -> Iterator[Number]:
    """The numbers."""
    waves = {"study": "fixes", "area": "sparse", "metric": "psnr_mean_db", "dataset": "simple"}
    best = rows_of(folder, **waves, method="optimal-interpolation")
    text = f"**optimal-interpolation** | {over_fields(best[best.over == 'field'].value)} dB mean PSNR"
    yield Number("fixes/sparse.md", "waves by optimal interpolation, over test fields", text)
    fixed = table_of(rows_of(folder, **waves, regime="fixes", method="transformer-fixes-1-2-3"), "field")
    text = f"transformer-fixes-1-2-3: {over_both(fixed)} dB"
    yield Number("fixes/claims.md", "the document's method with its fixes, over trainings and fields", text)
    scene = {"study": "ingredients", "area": "radiance", "dataset": "solids"}
    narrow = table_of(rows_of(folder, **scene, metric="psnr_db", regime="widths", method="hash-16"), "view")
    yield Number(
        "ingredients/radiance.md",
        "a scene by networks of 16, over trainings and views",
        f"| **hash-16** | {over_both(narrow)} |",
    )
    counts = {
        (metric, method): rows_of(
            folder, **scene, metric=metric, regime="ingredients", method=method
        ).value.iloc[0]
        for metric in ("colour_multiply_adds_count", "density_multiply_adds_count")
        for method in ("hash", "hash-without-small-network", "plain")
    }
    ratio = (
        counts["colour_multiply_adds_count", "hash-without-small-network"]
        / counts["colour_multiply_adds_count", "hash"]
    )
    yield Number(
        "ingredients/claims.md",
        "a network four times as wide, multiply-adds",
        f"{ratio:.0f} × smaller on solids",
    )
    change = (
        counts["density_multiply_adds_count", "hash"] / counts["density_multiply_adds_count", "plain"] - 1
    )
    yield Number(
        "ingredients/claims.md",
        "a density against the original NeRF, multiply-adds",
        f"{100 * change:+.1f} % on solids",
    )


def faults(folder: Path) -> list[str]:
    """What a page does not say as it was computed again."""
    return [
        f"{number.page} does not say '{number.text}' ({number.about})"
        for number in numbers(folder)
        if number.text not in (folder / number.page).read_text(encoding="utf-8")
    ]


if __name__ == "__main__":
    for found in numbers(Path(sys.argv[1])):
        print(f"{found.page}: {found.about}: {found.text}")
    print("\n".join(faults(Path(sys.argv[1]))) or "as published")
    sys.exit(bool(faults(Path(sys.argv[1]))))
