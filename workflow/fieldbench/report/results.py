"""What was computed in an area: its table and files, read when asked for."""

from collections.abc import Mapping
from typing import Any, Self

from fieldbench.report.given import Given
from fieldbench.report.tables import Results


class Study:
    """The results of an area; one with more than a table has a class of this form in its own `report/results.py`.

    Args:
        results: look-up in the long table.
        about: what the area's plan says of the configuration.
        given: files that figures and pages read besides the table.
    """

    def __init__(self, results: Results, about: Mapping[str, Any], given: Given | None = None):
        self.results = results
        self.about = about
        self.given = given or Given("", [])

    @classmethod
    def open(cls, given: Given, about: Mapping[str, Any]) -> Self:
        """The study that a step was given the files of."""
        return cls(Results(given.table(f"tables/{about['area']}.parquet")), about, given)
