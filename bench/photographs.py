"""Photographs by the pyramid and by what people use: `python bench/photographs.py DATA_ROOT [section ...]`.

Sections: `small`, ten of Kodak's photographs reduced to 384 x 256 pixels, and `full`, four as they are; the pyramid was
tuned on none of them. Each by every codec at several settings, a row each, saved as it comes; what the table has is not
run again, so a run that was stopped goes on. `ratio` then says what the pyramid's files take beside those of another
codec at equal PSNR: the geometric mean over photographs, each the mean over the pyramid's settings that the other's
ladder covers, with an interval by the bootstrap over photographs.
"""

import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import torch
from fieldbench import registry
from fieldbench.compression import codec, field
from fieldbench.compression.codecs import pyramid
from fieldbench.compression.field import Field
from fieldbench.datasets import kodak
from fieldbench.metrics.rate_distortion import rate_at
from measure import Table, processor_seconds, write

COLUMNS = (
    *("area", "benchmark", "size", "variant", "setting", "bytes", "rate_bpp", "psnr_db"),
    *("encode_seconds", "decode_seconds", "finish_ratio", "finish_db"),
    *("photographs", "percent", "low_percent", "high_percent", "threads", "device"),
)
SETS: dict[str, tuple[tuple[int, ...], int]] = {  # numbers of Kodak's, and by how much each side is reduced
    "small": ((2, 4, 6, 8, 10, 12, 16, 18, 22, 24), 2),
    "full": ((5, 11, 17, 23), 1),
}
STEPS = {"small": 1000, "full": 2000}  # a full photograph is two tiles, each of which trains every other step
WEIGHTS = 2e-3, 5e-3  # of the pyramid's rate
LADDERS: dict[str, tuple[str, dict[str, Any], tuple[float, ...]]] = {  # type, options and settings
    "HEVC": ("ffmpeg", {"codec": "hevc"}, (22, 26, 30, 34, 38, 42)),
    "AV1": ("ffmpeg", {"codec": "av1"}, (20, 28, 36, 44, 52, 60)),
    "JPEG XL": ("jpegxl", {}, (20, 35, 50, 65, 80, 90)),
    "WebP": ("webp", {}, (1, 10, 30, 50, 75, 90)),
    "JPEG": ("jpeg", {}, (5, 15, 30, 50, 75, 90)),
}
RESAMPLED = 10_000  # bootstrap samples


def photographs(name: str, root: str) -> Iterable[tuple[str, Field]]:
    """Name and field of each photograph of a set."""
    numbers, reduce = SETS[name]
    for number in numbers:
        photograph = kodak.load(number=number, reduce=reduce, data_root=root, download=False)
        yield f"kodim{number:02d}", field.from_dataset(photograph)


def coded(name: str, root: str, table: Table) -> None:
    """Each photograph of a set by every codec; the standard ones first, which take little time."""
    table.rows = table.rows or table.read()
    for variant, (kind, options, settings) in LADDERS.items():
        chosen = registry.build("compression/standard", kind, **options)
        for size, truth in photographs(name, root):
            for setting in settings:
                work = partial(standard, chosen, truth, setting)
                add(table, name, size, variant, setting, truth, work)
    for weight in WEIGHTS:
        for size, truth in photographs(name, root):
            variant = f"pyramid, {STEPS[name]} steps"
            add(table, name, size, variant, weight, truth, partial(learned, truth, STEPS[name], weight))


def standard(chosen: Any, truth: Field, setting: float) -> tuple[bytes, Callable[[bytes], Field], dict]:
    """A file of a codec that is not trained, and how it is read."""
    return chosen.encode(truth, setting), partial(chosen.decode, field=truth), {}


def learned(truth: Field, steps: int, weight: float) -> tuple[bytes, Callable[[bytes], Field], dict]:
    """The same of the pyramid, and how its file compares to the trained state."""
    encoded = pyramid.build(steps=steps, rate_weight=weight).encode(truth, seed=0, device=torch.device("cpu"))
    return (
        encoded.data,
        codec.decode,
        {name: encoded.measures[name] for name in ("finish_ratio", "finish_db")},
    )


def add(
    table: Table, name: str, size: str, variant: str, setting: float, truth: Field, work: Callable
) -> None:
    """A row of one file, unless the table has it. Seconds are the processor's, which other processes do not lengthen."""
    key = name, size, variant, f"{setting:g}"
    if any(
        (*(row[part] for part in ("benchmark", "size", "variant")), row["setting"]) == key
        for row in table.rows
    ):
        return
    began = processor_seconds()
    data, read, more = work()
    encoded = processor_seconds()
    found = read(data)
    times = {"encode_seconds": encoded - began, "decode_seconds": processor_seconds() - encoded}
    rate, psnr = codec.bits_per_pixel(data, truth), codec.psnr_db(truth, found)
    measured = {"bytes": len(data), "rate_bpp": rate, "psnr_db": psnr}
    table.add(name, size, variant, setting=key[-1], **measured, **times, **more)
    table.save()


def ratios(table: Table) -> None:
    """The pyramid beside each other codec, by set and number of steps."""
    rows = [row for row in table.read() if row["benchmark"] in SETS]
    table.rows = [*rows]
    for name in SETS:
        for variant in sorted({row["variant"] for row in rows if row["variant"].startswith("pyramid")}):
            for other in LADDERS:
                logs = [
                    log
                    for size in sorted({row["size"] for row in rows if row["benchmark"] == name})
                    if np.isfinite(
                        log := log_ratio(curve(rows, name, size, variant), curve(rows, name, size, other))
                    )
                ]
                if logs:
                    table.add("ratio", name, f"{variant} / {other}", photographs=len(logs), **interval(logs))


def curve(rows: list[dict], name: str, size: str, variant: str) -> np.ndarray:
    """Rate and PSNR (n, 2) of a codec on a photograph."""
    key = name, size, variant
    found = [row for row in rows if (row["benchmark"], row["size"], row["variant"]) == key]
    return np.array([[float(row["rate_bpp"]), float(row["psnr_db"])] for row in found]).reshape(-1, 2)


def log_ratio(points: np.ndarray, ladder: np.ndarray) -> float:
    """Logarithm of the rate at `points` over that of a ladder at the same PSNR, the mean; NaN where it covers none."""
    logs = [np.log(rate / rate_at(ladder, psnr)) for rate, psnr in points]
    known = [log for log in logs if np.isfinite(log)]
    return float(np.mean(known)) if known else float("nan")


def interval(logs: list[float]) -> dict[str, float]:
    """Per cent more bytes, by the mean of logarithms, and an interval of 95 %."""
    draws = np.random.default_rng(0).choice(logs, (RESAMPLED, len(logs))).mean(1)
    low, high = np.quantile(draws, (0.025, 0.975))
    values = {"percent": np.mean(logs), "low_percent": low, "high_percent": high}
    return {column: 100 * float(np.expm1(value)) for column, value in values.items()}


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python bench/photographs.py DATA_ROOT [section ...]")
    root = sys.argv.pop(1)
    sections = {name: partial(coded, name, root) for name in SETS}
    write("photographs", {1: {**sections, "ratio": ratios}}, COLUMNS)
