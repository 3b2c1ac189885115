"""Timing by turns, tables of results, and the machine's own rates."""

import csv
import io
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from fieldbench import files, provenance

COLUMNS = (
    *("area", "benchmark", "size", "variant", "reference", "ratio"),
    *("seconds", "reference_seconds", "floor_seconds", "threads", "device"),
)
TURN = 0.1  # seconds; shorter works are repeated within their turn, as they are in use, with warm caches


def processor_seconds() -> float:
    """Seconds that processors have worked for this process and for its children that have ended."""
    return time.process_time() + sum(os.times()[2:4])


def by_turns(
    works: Mapping[str, Callable[[], Any]], turns: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Median seconds of each work. They take turns, so that a change of the machine's load meets all alike."""
    counts = {}
    for name, work in works.items():
        work()
        counts[name] = max(round(TURN / _seconds(work, 1, clock)), 1)
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(turns):
        for name, work in works.items():
            times[name].append(_seconds(work, counts[name], clock))
    return {name: statistics.median(values) for name, values in times.items()}


def _seconds(work: Callable[[], Any], count: int, clock: Callable[[], float]) -> float:
    began = clock()
    for _ in range(count):
        work()
    return (clock() - began) / count


class Table:
    """The rows of all benchmarks of one area; each is printed as it comes.

    Args:
        area: of the rows.
        columns: of the file, results/bench/<area>.csv.
        common: values by column that each row has unless it says otherwise.
    """

    def __init__(self, area: str, columns: Sequence[str], **common: Any) -> None:
        self.path, self.columns = Path(f"results/bench/{area}.csv"), columns
        self.common = {"area": area, **common}
        self.rows: list[dict[str, Any]] = []

    def add(self, benchmark: str, size: str | int, variant: str, **values: Any) -> None:
        """Add a row with these values by column."""
        named = {"benchmark": benchmark, "size": size, "variant": variant}
        self.rows.append({**self.common, **named, **values})
        shown = [f"{name} {_short(value, 4)}" for name, value in values.items()]
        if "floor_seconds" in values:
            shown.append(f"{values['floor_seconds'] / values['seconds']:.0%} of the floor")
        print(f"{benchmark:10} {size:24} {variant:28} {', '.join(shown)}", flush=True)

    def compare(
        self, benchmark: str, size: str, medians: Mapping[str, float], variant: str, **more: Any
    ) -> None:
        """Add one row for `variant` against each other entry of `medians`."""
        seconds = medians[variant]
        for reference, longer in medians.items():
            if reference != variant:
                compared = {"ratio": longer / seconds, "reference": reference, "reference_seconds": longer}
                self.add(benchmark, size, variant, **compared, seconds=seconds, **more)

    def save(self) -> None:
        """Write the rows; those of benchmarks that were not run stay as the file has them."""
        new = {row["benchmark"] for row in self.rows}
        kept = [row for row in self.read() if row["benchmark"] not in new]
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, "", "ignore", lineterminator="\n")
        writer.writeheader()
        for row in kept + self.rows:
            writer.writerow({name: _short(value, 6) for name, value in row.items()})
        files.save_text(text.getvalue(), self.path)

    def read(self) -> list[dict[str, str]]:
        """The rows of the file, none where there is none."""
        if not self.path.exists():
            return []
        return list(csv.DictReader(self.path.read_text(encoding="utf-8").splitlines()))


def _short(value: Any, digits: int) -> Any:
    return f"{value:.{digits}g}" if isinstance(value, float) else value


Sections = Mapping[str, Callable[[Table], None]]


def write(area: str, groups: Mapping[int, Sections], columns: Sequence[str] = COLUMNS, **common: Any) -> None:
    """Run the sections that the command line names, or all, and write results/bench/<area>.csv.

    Args:
        area, columns, common: see `Table`.
        groups: by number of threads to run with, what adds rows by name.
    """
    names = dict.fromkeys(name for sections in groups.values() for name in sections)
    wanted = sys.argv[1:] or names
    if unknown := set(wanted) - set(names):
        sys.exit(f"unknown section {', '.join(sorted(unknown))}; known: {', '.join(names)}")
    torch.manual_seed(0)
    table = Table(area, columns, **{"device": provenance.environment()["processor"], **common})
    for threads, sections in groups.items():
        torch.set_num_threads(threads)
        table.common["threads"] = threads
        print(f"-- {threads} thread{'s' if threads > 1 else ''}")
        for name, section in sections.items():
            if name in wanted:
                section(table)
                table.save()
    print(f"written: {table.path}")


def seconds_of(work: Callable[[], Any]) -> float:
    """Median seconds of one work."""
    return by_turns({"work": work}, 9)["work"]


def product_rate(
    rows: int, inner: int, columns: int, seconds: Callable[..., float] = seconds_of, **kind: Any
) -> float:
    """Measured floating-point operations per second of a matrix product.

    Args:
        rows, inner, columns: its sizes.
        seconds: measures a work.
        kind: type and device of the arrays.
    """
    left, right = torch.randn(rows, inner, **kind), torch.randn(inner, columns, **kind)
    out = torch.empty(rows, columns, **kind)
    return 2 * rows * inner * columns / seconds(lambda: torch.mm(left, right, out=out))


def bandwidth(count: int, seconds: Callable[..., float] = seconds_of, **kind: Any) -> float:
    """Measured bytes per second of a sum of two arrays of `count` numbers into a third; others as of `product_rate`."""
    left, right, out = (torch.ones(count, **kind) for _ in range(3))
    return 3 * left.nbytes / seconds(lambda: torch.add(left, right, out=out))
