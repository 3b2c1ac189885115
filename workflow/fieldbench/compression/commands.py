"""`fieldbench encode` and `fieldbench decode`: people's files to .fbc and back."""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from fieldbench import devices, files, registry
from fieldbench.compression import codec, formats, limits, plain, samples
from fieldbench.compression.correction import largest_error
from fieldbench.compression.decoding import sound
from fieldbench.compression.efforts import DEFAULT, EFFORTS
from fieldbench.compression.field import Field, rounded
from fieldbench.compression.search import ALL, OWN, Search
from fieldbench.compression.whole_files import complete, opened
from fieldbench.errors import UserError

THREADS = 1  # the same file from the same seed whatever the machine's number of cores


@dataclass(frozen=True)
class Wish:
    """What a person asks of an encoding.

    Attributes:
        variables: of a NetCDF file.
        codec: a type of codec; None for the best that takes the field, or none where a largest error is given.
        effort: of the training, a key of `EFFORTS`; None for `DEFAULT`.
        steps: of the training; None for the effort's.
        rate: bits per sample of space that the file should take; None for the codec's own choice.
        max_error: largest absolute error, in the data's unit (8-bit pictures: 1 is white); None for any.
        seconds: after which no further coder of numbers is tried.
        seed: of the training; None for 0.
        limit: values that the source may hold.
    """

    variables: Sequence[str] = ()
    codec: str | None = None
    effort: str | None = None
    steps: int | None = None
    rate: float | None = None
    max_error: float | None = None
    seconds: float = math.inf
    seed: int | None = None
    limit: int = limits.READING


def encode(source: Path, target: Path, wish: Wish, console: Console) -> None:
    """Write `source` as the .fbc file `target`, and print what that took and cost.

    Raises:
        UserError: see `formats.read`; the target cannot be written; or a wish that cannot be met.
    """
    began = time.perf_counter()
    content = formats.read(source, wish.variables, wish.limit)
    if wish.max_error is not None and len({part.unit for part in content.parts}) > 1:
        raise UserError("--max-error needs variables of one unit; encode variables of different units apart.")
    trained = wish.codec is not None or wish.max_error is None
    if not trained and (wish.effort, wish.steps, wish.seed) != (None, None, None):
        raise UserError(
            "--effort, --steps and --seed are of a training, and --max-error alone trains nothing; name a codec to be "
            "trained by --codec, or leave them out."
        )
    search = Search(OWN if trained else ALL, wish.seconds)
    with files.replacing(target) as temporary:
        coded = _trained(content, wish, console) if trained else plain.encode(content.field)
        data, found = complete(content, coded, wish.max_error, search)
        temporary.write_bytes(data)
    console.print(_summary(content, found, source, data, time.perf_counter() - began))
    large = content.field.values.size > limits.decoding(len(data))
    decoding = [
        f"decoding needs --limit {content.field.values.size}, so large is the data for its file"
    ] * large
    coders = [f"numbers within the bound by {search.report()}"] * bool(search.chosen)
    _say(console, [*coders, *content.notes, *decoding])


def decode(source: Path, target: Path, console: Console, limit: int | None = None) -> None:
    """Write the field in the .fbc file `source` as `target`, by its extension.

    Args:
        limit: values that the file may hold; None for `limits.decoding`. One that says it has more is refused before
            memory is taken for them.

    Raises:
        UserError: see `codec.decode` and `formats.writer`; the source cannot be read or the target not be written.
    """
    try:
        data = source.read_bytes()
    except OSError as error:
        raise UserError(f"Cannot read {source}: {error.strerror}; check its name.") from error
    content = opened(data, str(source), limit or limits.decoding(len(data)))
    with sound(str(source)):
        changes = formats.writer(target, content)(content, target)
    console.print(f"{target}: {_size(content.field)}, {target.stat().st_size:,} bytes")
    _say(console, changes)


def _say(console: Console, notes: Sequence[str]) -> None:
    for note in notes:
        console.print(f"note: {note}", soft_wrap=True, markup=False, highlight=False)


def _trained(content: formats.Content, wish: Wish, console: Console) -> bytes:
    """The file of the codec with the options that the wish implies."""
    field = content.field
    kind = wish.codec or ("pyramid" if len(field.shape) == 2 else "shacira")
    effort = EFFORTS[wish.effort or DEFAULT]
    options: dict[str, Any] = {"steps": wish.steps or effort.steps, **_sized(kind, field)}
    if kind == "pyramid":
        options |= effort.pyramid
    if wish.rate is not None:
        if kind == "ngp":
            raise UserError("The codec ngp has no rate to choose; leave out --rate, or take --codec shacira.")
        options["rate_target"] = wish.rate
    chosen = registry.build(codec.KIND, kind, **options)
    device = devices.choose("auto", THREADS)
    with _bar(console) as watch:
        return chosen.encode(field, seed=wish.seed or 0, device=device, watch=watch).data


def _sized(kind: str, field: Field) -> dict[str, Any]:
    """Options that suit a field of its size: about one latent per 2 samples of an image, 4 of a volume."""
    if kind not in ("shacira", "ngp"):
        return {}
    levels = 16
    wanted = field.known.size / (2 if len(field.shape) == 2 else 4) / levels
    grid = {
        "levels": levels,
        "max_resolution": None,
        "table_size": max(4, min(22, round(math.log2(wanted)) if wanted > 1 else 4)),
        "last_share": 0.05,
    }
    fast = {"learning_rate": 1e-2, "grid_rate": 6e-2, "prior_rate": 3e-2}  # for few thousand steps
    own = {"weights": "quantized", "per_level": True, "features": 1 if len(field.shape) == 2 else 2}
    return {**grid, **own, **fast} if kind == "shacira" else {**grid, "precision": "float16"}


@contextmanager
def _bar(console: Console) -> Iterator[codec.Watch]:
    """A progress bar with bytes and PSNR so far, as what a training tells after each step."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("training", total=None)

        def show(so_far: codec.Standing) -> None:
            said = f"training: {so_far.file_bytes:,.0f} bytes, {so_far.psnr_db:.2f} dB"
            bar.update(task, completed=so_far.done, total=so_far.steps, description=said)

        yield show


def _summary(
    truth: formats.Content, found: formats.Content, source: Path, data: bytes, seconds: float
) -> Table:
    whole = source.stat().st_size
    table = Table(show_header=False, box=None)
    psnr, error = _quality(truth, found)
    rows: tuple[tuple[str, str], ...] = (
        ("data", _size(truth.field)),
        ("size", f"{len(data):,} bytes"),
        ("rate", f"{codec.bits_per_pixel(data, truth.field):.3f} bits per sample of space"),
        ("ratio", f"{whole / len(data):.1f} times smaller than {source.name} ({whole:,} bytes)"),
        ("PSNR", f"{psnr:.2f} dB"),
        ("largest error", error),
        ("time", f"{seconds:.1f} s"),
    )
    for row in rows:
        table.add_row(*row)
    return table


def _quality(truth: formats.Content, found: formats.Content) -> tuple[float, str]:
    """PSNR, and the largest error in the data's unit, of what decoding will give."""
    if not truth.parts:
        return codec.psnr_db(
            rounded(truth.field), found.field
        ), f"{largest_error(truth.field, found.field):.4g}"
    arrays = found.arrays()
    again = samples.like(truth.field, truth.parts, arrays, truth.form["parts"])
    errors: dict[str, float] = {}
    for part, values in zip(truth.parts, arrays, strict=True):
        errors[part.unit] = max(part.error(values), errors.get(part.unit, 0.0))
    said = [f"{error:.4g}" + (f" {unit}" if unit != "1" else "") for unit, error in errors.items()]
    return codec.psnr_db(truth.field, again), ", ".join(said)


def _size(field: Field) -> str:
    shape = " x ".join(str(side) for side in field.shape)
    unknown = "" if field.known.all() else f", {int((~field.known).sum()):,} samples unknown"
    return f"{field.kind} of {shape} samples, {len(field.channels)} channels{unknown}"
