"""PSNR of every test field: what the sparse area's intervals and differences are taken over.

All methods of a task rebuild the same test fields, so that a difference of two is taken field by field. Where a method was
trained with several seeds, a field's PSNR is the mean over them.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from itertools import product

import numpy as np
import pandas as pd

from fieldbench.report.statistics import (
    Comparison,
    Difference,
    Estimate,
    Name,
    estimate,
    judge,
    paired_difference,
)
from fieldbench.report.tables import Key

COLUMNS = ["task", "group", "method", "seed", "field", "psnr_db", "squared"]
NAMES = COLUMNS[:3]
Pair = tuple[Key, Key]


class Fields:
    """Look-up in the table of test fields, which no run had seen.

    Args:
        table: COLUMNS; a field that a failed run left without a number does not count.
    """

    def __init__(self, table: pd.DataFrame):
        table = table.assign(psnr_db=table.psnr_db.astype(float))
        finite = table[np.isfinite(table.psnr_db)]
        means = finite.groupby([*NAMES, "field"], sort=False).psnr_db.mean().reset_index()
        self._psnr = {
            Key(*names): rows.set_index("field").psnr_db for names, rows in means.groupby(NAMES, sort=False)
        }
        self._where: dict[tuple[str, str], list[Key]] = {}
        for key in self._psnr:
            self._where.setdefault((key.dataset, key.method), []).append(key)

    def keys(self, task: str) -> list[Key]:
        """What was tested on a task."""
        return [key for (name, _), keys in self._where.items() if name == task for key in keys]

    def matching(self, task: str, patterns: str | Iterable[str]) -> list[Key]:
        """The runs of `keys` whose method matches a shell pattern."""
        patterns = [patterns] if isinstance(patterns, str) else list(patterns)
        keys = self.keys(task)
        return [key for key in keys if any(fnmatchcase(key.method, pattern) for pattern in patterns)]

    def find(self, task: str, method: str) -> Key | None:
        """The first run of a method, whatever its group."""
        return next(iter(self._where.get((task, method), [])), None)

    def pair(self, task: str, of: str, over: str) -> Pair | None:
        """Runs of two methods, of one group if there is one that has both; None where one is missing."""
        pairs = list(product(*(self._where.get((task, method), []) for method in (of, over))))
        together = [(key, reference) for key, reference in pairs if key.regime == reference.regime]
        return next(iter([*together, *pairs]), None)

    def psnr(self, key: Key) -> pd.Series:
        """PSNR in dB by test field."""
        return self._psnr[key]

    def level(self, key: Key) -> Estimate:
        """Mean PSNR in dB, with its interval over test fields."""
        return estimate(self._psnr[key])

    def difference(self, key: Key, reference: Key) -> Difference:
        """By how many dB a run is above another, paired over test fields."""
        return paired_difference(self._psnr[key], self._psnr[reference])

    def ranked(self, keys: Iterable[Key]) -> list[Key]:
        """The highest mean PSNR first."""
        return sorted(keys, key=lambda key: self.level(key).mean, reverse=True)

    def best(self, keys: Iterable[Key]) -> Key | None:
        """The run with the highest mean PSNR."""
        return next(iter(self.ranked(keys)), None)


NO_FIELDS = Fields(pd.DataFrame(columns=COLUMNS))


def compare(fields: Fields, pairs: Mapping[Name, Pair]) -> dict[Name, Comparison]:
    """Every pair's difference with its verdict, corrected for their number."""
    return judge({name: fields.difference(*pair) for name, pair in pairs.items()})
