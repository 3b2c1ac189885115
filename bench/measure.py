"""Timing by turns, rows of a table, and the machine's own rates."""

import csv
import io
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from fieldbench import files

COLUMNS = (
    *("area", "benchmark", "size", "variant", "reference", "ratio"),
    *("seconds", "reference_seconds", "floor_seconds", "threads", "device"),
)


TURN = 0.1  # seconds; shorter works are repeated within their turn, as they are in use, with warm caches


def by_turns(works: dict[str, Callable[[], Any]], turns: int) -> dict[str, float]:
    """Median seconds of each work. They take turns, so that a change of the machine's load meets all alike."""
    counts = {}
    for name, work in works.items():
        work()
        counts[name] = max(round(TURN / _seconds(work, 1)), 1)
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(turns):
        for name, work in works.items():
            times[name].append(_seconds(work, counts[name]))
    return {name: statistics.median(values) for name, values in times.items()}


def _seconds(work: Callable[[], Any], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - began) / count


class Table:
    """The rows of all benchmarks of one area; each is printed as it comes."""

    def __init__(self, area: str) -> None:
        self.area = area
        self.rows: list[dict[str, Any]] = []

    def add(self, benchmark: str, size: str, variant: str, seconds: float, **more: Any) -> None:
        """Add a row; `reference` and `reference_seconds` give it a ratio, `floor_seconds` the share of the floor reached."""
        ratio = more["reference_seconds"] / seconds if "reference_seconds" in more else ""
        row = {"area": self.area, "benchmark": benchmark, "size": size, "variant": variant, "ratio": ratio}
        row |= {"seconds": seconds, "threads": torch.get_num_threads(), "device": processor(), **more}
        self.rows.append(row)
        against = (
            f"{ratio:8.2f} x {more['reference']} ({1e3 * more['reference_seconds']:.2f} ms)" if ratio else ""
        )
        reached = f", {more['floor_seconds'] / seconds:.0%} of the floor" if "floor_seconds" in more else ""
        print(
            f"{benchmark:10} {size:24} {variant:28} {1e3 * seconds:10.2f} ms {against}{reached}", flush=True
        )

    def compare(
        self, benchmark: str, size: str, medians: dict[str, float], variant: str, **more: Any
    ) -> None:
        """Add one row for `variant` against each other entry of `medians`."""
        for reference, seconds in medians.items():
            if reference != variant:
                compared = {"reference": reference, "reference_seconds": seconds, **more}
                self.add(benchmark, size, variant, medians[variant], **compared)

    def save(self, path: Path) -> None:
        """Write all rows as CSV."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _short(value) for key, value in row.items()} for row in self.rows)
        files.save_text(text.getvalue(), path)


def write(area: str, sections: Mapping[int, Mapping[str, Callable[[Table], None]]]) -> None:
    """Run the sections that the command line names, or all, and write results/bench/<area>.csv.

    Args:
        area: of the table.
        sections: by number of threads to run with, what adds rows by name.
    """
    wanted, known = sys.argv[1:], dict.fromkeys(name for group in sections.values() for name in group)
    if unknown := set(wanted) - set(known):
        sys.exit(f"unknown section {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    torch.manual_seed(0)
    table, output = Table(area), Path(f"results/bench/{area}.csv")
    for threads, group in sections.items():
        torch.set_num_threads(threads)
        print(f"-- {threads} thread{'s' if threads > 1 else ''}")
        for name, section in group.items():
            if not wanted or name in wanted:
                section(table)
    table.save(output)
    print(f"written: {output}")


def _short(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value


def processor() -> str:
    """The processor's name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def product_rate(rows: int, inner: int, columns: int) -> float:
    """Measured floating-point operations per second of a product of these sizes in single precision."""
    left, right, out = torch.randn(rows, inner), torch.randn(inner, columns), torch.empty(rows, columns)
    seconds = by_turns({"product": lambda: torch.mm(left, right, out=out)}, 9)["product"]
    return 2 * rows * inner * columns / seconds


def bandwidth(count: int) -> float:
    """Measured bytes per second of a sum of two arrays of `count` floats into a third."""
    left, right, out = (torch.ones(count) for _ in range(3))
    return 3 * 4 * count / by_turns({"sum": lambda: torch.add(left, right, out=out)}, 9)["sum"]
