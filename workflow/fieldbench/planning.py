"""What every area's plan answers, so that one set of rules serves all areas."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

Skipped = Callable[
    [Iterable[str]], dict[str, str]
]  # names of data sets -> those that cannot be had, with the reason


class Plan(Protocol):
    """What an area runs, and the files that follow from it.

    `<area>/plan.py` defines a class `Plan` of this form, and `QUESTION`, the area's heading.

    It is made of the whole configuration and a `Skipped`. Paths begin with `<results>`.

    Attributes:
        skipped: what was asked for and cannot be had, with the reason.
    """

    skipped: dict[str, str]

    def __init__(self, config: Mapping[str, Any], skipped: Skipped): ...

    def records(self) -> list[str]:
        """Files of records, from which the area's table is made."""

    def figures(self) -> dict[str, dict[str, Any]]:
        """Name -> type and options."""

    def figure_files(self, figure: str) -> list[str]:
        """What a figure reads besides the area's table."""

    def page_files(self) -> list[str]:
        """What the page reads besides the area's table."""

    def claim_files(self) -> list[str]:
        """What claims are judged by besides the area's table."""

    def about(self) -> dict[str, Any]:
        """What pages, figures and claims are told of the configuration."""
