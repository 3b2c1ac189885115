"""Photographs by the pyramid and by what people use: `python bench/photographs.py DATA_ROOT [section ...]`.

Sections: `small`, ten of Kodak's photographs reduced to 384 x 256 pixels, and `full`, four as they are; the pyramid was
tuned on none of them. Each by every codec at several settings, a row each, saved as it comes; what the table has is not
run again, so a run that was stopped goes on. `ratio` then says how many per cent more bytes the pyramid's files take than
those of another codec at equal PSNR: the geometric mean over photographs, with an interval of 95 % by the bootstrap over
them. Seconds are the processor's, for one thread, which other processes lengthen little.
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
RUNS = {  # weights of the pyramid's rate, and its context: that of the default, and the largest
    "small": ((2e-3, 12), (2e-3, 14), (5e-3, 12)),
    "full": ((2e-3, 12),),
}
LADDERS: dict[str, tuple[str, dict[str, Any], tuple[float, ...]]] = {  # type, options and settings
    "HEVC: x265 veryslow, 4:4:4 10 bit": ("ffmpeg", {"codec": "hevc"}, (22, 26, 30, 34, 38, 42)),
    "AV1: libaom speed 2, 4:4:4 10 bit": ("ffmpeg", {"codec": "av1"}, (20, 28, 36, 44, 52, 60)),
    "JPEG XL: libjxl effort 9": ("jpegxl", {}, (20, 35, 50, 65, 80, 90)),
    "WebP: libwebp method 6": ("webp", {}, (1, 10, 30, 50, 75, 90)),
    "JPEG: libjpeg-turbo 4:4:4, progressive": ("jpeg", {}, (5, 15, 30, 50, 75, 90)),
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
    for weight, context in RUNS[name]:
        variant = f"pyramid, context of {context}, {STEPS[name]} steps"
        options = {"steps": STEPS[name], "context": context, "rate_weight": weight}
        for size, truth in photographs(name, root):
            add(table, name, size, variant, weight, truth, partial(learned, truth, options))


def standard(chosen: Any, truth: Field, setting: float) -> tuple[bytes, Callable[[bytes], Field], dict]:
    """A file of a codec that is not trained, and how it is read."""
    return chosen.encode(truth, setting), partial(chosen.decode, field=truth), {}


def learned(truth: Field, options: dict[str, Any]) -> tuple[bytes, Callable[[bytes], Field], dict]:
    """The same of the pyramid, and how its file compares to the trained state."""
    encoded = pyramid.build(**options).encode(truth, seed=0, device=torch.device("cpu"))
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
    """The pyramid beside each other codec, by set, number of steps and weight of the rate."""
    rows = [row for row in table.read() if row["benchmark"] in SETS]
    table.rows = [*rows]
    for key, own in grouped(rows, "benchmark", "variant", "setting").items():
        name, variant, setting = key
        if variant in LADDERS:
            continue
        for other in LADDERS:
            ladders = grouped(rows, "benchmark", "size", "variant")
            pairs = [
                (point(row), np.array([point(each) for each in ladders[name, row["size"], other]]))
                for row in own
            ]
            logs = [log for log in (log_ratio(*pair) for pair in pairs) if np.isfinite(log)]
            if logs:
                found = {"setting": setting, "photographs": len(logs), **interval(logs)}
                table.add("ratio", name, f"{variant} / {other}", **found)


def grouped(rows: list[dict], *columns: str) -> dict[tuple[str, ...], list[dict]]:
    """Rows by what they have in some columns."""
    found: dict[tuple[str, ...], list[dict]] = {}
    for row in rows:
        found.setdefault(tuple(row[column] for column in columns), []).append(row)
    return found


def point(row: dict) -> tuple[float, float]:
    """Rate and PSNR of a file."""
    return float(row["rate_bpp"]), float(row["psnr_db"])


def log_ratio(file: tuple[float, float], ladder: np.ndarray) -> float:
    """Logarithm of a file's rate over that of a ladder (n, 2) at the same PSNR; NaN where it does not reach so far."""
    return float(np.log(file[0] / rate_at(ladder, file[1])))


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
