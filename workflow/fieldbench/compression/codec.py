"""What every learned codec offers, the parts of a file that do not depend on it, and decoding of any file."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
import xarray as xr

from fieldbench import registry
from fieldbench.compression import container, correction, entropy
from fieldbench.compression.field import Field, rounded
from fieldbench.errors import UserError
from fieldbench.training.checkpoint import Checkpoint

KIND = "compression/codecs"
Progress = Callable[[int, int, float], None]  # steps done, steps in all, loss


@dataclass(frozen=True)
class Encoded:
    """What encoding a field leaves.

    Attributes:
        data: the file.
        history: (step,) `loss`, `seconds`, `psnr_db`, `rate_bpp` of the training.
        measures: numbers by name, see `fieldbench.record`.
    """

    data: bytes
    history: xr.Dataset
    measures: dict[str, float]


class Codec(Protocol):
    """A learned codec: trains a model of one field and writes it as a file."""

    def encode(
        self,
        field: Field,
        *,
        seed: int,
        device: torch.device,
        checkpoint: Checkpoint | None = None,
        progress: Progress | None = None,
    ) -> Encoded: ...

    def decode(self, header: dict[str, Any], sections: Mapping[str, bytes]) -> Field: ...


def build(entry: Mapping[str, Any], field: Field) -> Codec:
    """The learned codec of a configuration entry: its `type` and options.

    `max_error_share`, an option of every codec, bounds the error of each sample as a share of the field's peak.

    Raises:
        UserError: unknown type or option.
    """
    options = {key: value for key, value in entry.items() if key not in ("type", "max_error_share")}
    codec = registry.build(KIND, entry["type"], **options)
    if "max_error_share" in entry:
        return correction.with_max_error(codec, entry["max_error_share"] * field.peak)
    return codec


def decode(data: bytes, name: str = "the file") -> Field:
    """The field in a file, from nothing but the file.

    Raises:
        UserError: see `container.unpack`; or the file needs a codec that this program does not have.
    """
    header, sections = container.unpack(data, name)
    if header["codec"] not in registry.known_types(KIND):
        raise UserError(
            f"{name} was written by the codec '{header['codec']}', which this version lacks; update fieldbench."
        )
    codec = registry.factory(KIND, header["codec"])()
    with one_thread(), torch.no_grad():
        field = codec.decode(header, sections)
    return (
        correction.corrected(field, sections[correction.SECTION]) if correction.SECTION in sections else field
    )


def describe(field: Field, codec: str) -> dict[str, Any]:
    """The header entries that `field_from` needs."""
    entries = {
        "codec": codec,
        "shape": list(field.shape),
        "kind": field.kind,
        "units": field.units,
        "peak": field.peak,
        "levels": field.levels,
        "channels": list(field.channels),
        "mask": not field.known.all(),
    }
    return {**entries, **({"attributes": dict(field.attributes)} if field.attributes else {})}


def mask_section(field: Field) -> dict[str, bytes]:
    """The section that says which samples are known; none where all are."""
    return {} if field.known.all() else {"mask": entropy.encode_mask(field.known)}


def field_from(header: Mapping[str, Any], sections: Mapping[str, bytes], values: np.ndarray) -> Field:
    """The decoded field, rounded to its levels, from decoded values (C, *space) or (C, N)."""
    shape = tuple(header["shape"])
    known = entropy.decode_mask(sections["mask"], shape) if header["mask"] else np.ones(shape, bool)
    return rounded(
        Field(
            values.reshape(-1, *shape).astype(np.float32),
            known,
            header["kind"],
            header["units"],
            header["peak"],
            header["levels"],
            tuple(header["channels"]),
            header.get("attributes", {}),
        )
    )


@contextmanager
def one_thread() -> Iterator[None]:
    """One CPU thread inside the block: sums are then made in the same order in every process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def psnr_db(truth: Field, decoded: Field) -> float:
    """Peak signal-to-noise ratio over known samples; infinite where they are equal."""
    error = (decoded.values - truth.values)[:, truth.known].astype(np.float64)
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(truth.peak**2 / np.mean(error**2)))


def bits_per_pixel(data: bytes, field: Field) -> float:
    """Bits of the whole file per sample of space."""
    return 8 * len(data) / field.known.size


PLATEAU_DB = 0.1  # the second half of a training gains less
FALL_DB = 1.0  # the smoothed PSNR falls by more from its best so far
COMPRESSION = 4  # a file is not this many times smaller than its model's parameters in half precision
WINDOWS = 100  # a training is judged by the medians of so many parts


def failure_signatures(history: xr.Dataset, parameters: int, file_bytes: int) -> dict[str, float]:
    """Whether each sign of a failed training shows: 1 or 0 by name.

    `plateau_count`: the best PSNR of the first half is within `PLATEAU_DB` of the best of all. `instability_count`: after
    the first tenth the PSNR falls by more than `FALL_DB` below its best so far. Both look at medians over hundredths of
    the training. `low_compression_count`: the file is not `COMPRESSION` times smaller than the model's parameters would
    be in half precision.
    """
    psnr = history["psnr_db"].values
    smooth = np.array([np.median(part) for part in np.array_split(psnr, min(WINDOWS, len(psnr)))])
    late = smooth[len(smooth) // 10 :]
    return {
        "plateau_count": float(smooth[: (len(smooth) + 1) // 2].max() > smooth.max() - PLATEAU_DB),
        "instability_count": float((np.maximum.accumulate(late) - late).max() > FALL_DB),
        "low_compression_count": float(COMPRESSION * file_bytes > 2 * parameters),
    }
