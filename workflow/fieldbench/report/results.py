"""What was computed in an area: its table and files, read when asked for."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import xarray as xr

from fieldbench.report.formatting import plain
from fieldbench.report.given import Given
from fieldbench.report.statistics import Comparison
from fieldbench.report.tables import Key, Results


class Study:
    """The results of an area; one with more than a table has a class of this form in its own `report/results.py`.

    Args:
        results: look-up in the long table.
        about: what the area's plan says of the configuration.
        given: files that figures and pages read besides the table.
        facts: what is read of the data sets where they are left out.
    """

    def __init__(
        self,
        results: Results,
        about: Mapping[str, Any],
        given: Given | None = None,
        facts: Mapping[str, Mapping[str, Any]] | None = None,
    ):
        self.results = results
        self.about = about
        self.given = given or Given("", [])
        if facts is not None:
            self.facts = {name: facts[name] for name in results.datasets if name in facts}

    @classmethod
    def open(cls, given: Given, about: Mapping[str, Any]) -> Self:
        """The study that a step was given the files of."""
        return cls(Results(given.table(f"tables/{about['area']}.parquet")), about, given)

    def column(self, reference: Key) -> Sequence[Key]:
        """The runs that a table compares with a reference, all at once; none where it is no table's reference."""
        return []

    def against(self, keys: Sequence[Key], reference: Key, metric: str) -> dict[Key, Comparison]:
        """Runs against a reference, as one family; those that a table compares with it as they stand there.

        So the same question has one answer wherever it is asked.
        """
        column = [key for key in self.column(reference) if key != reference]
        others = [key for key in keys if key not in column]
        asked = [key for key in keys if key in column]
        as_in_table = self.results.against(column, reference, metric) if asked else {}
        apart = self.results.against(others, reference, metric)
        return {key: found for key in keys if (found := {**as_in_table, **apart}.get(key))}

    def comparison(self, key: Key, reference: Key, metric: str) -> Comparison:
        """A run against another in a metric that both have: as in the table that holds it, or else alone."""
        return self.against([key], reference, metric)[key]

    @cached_property
    def facts(self) -> Mapping[str, Mapping[str, Any]]:
        """What a page says about every data set with results; see the area's `facts_of`."""
        return {name: plain(self._facts(name)) for name in self.results.datasets}

    def _facts(self, dataset: str) -> dict[str, Any]:
        with xr.open_dataset(self.given.path(f"data/{dataset}.nc"), engine="netcdf4") as data:
            return self.facts_of(data, dataset)

    @staticmethod
    def facts_of(data: xr.Dataset, name: str) -> dict[str, Any]:
        """What a page says about a data set: nothing, where the area says no more."""
        return {}


def lines(attributes: Mapping[str, Any], name: str) -> list[str]:
    """The lines of a text attribute; none where it is missing."""
    return [line for line in attributes.get(name, "").split("\n") if line]
