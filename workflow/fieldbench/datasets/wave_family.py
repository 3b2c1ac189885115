"""Generated wave patterns of one family, for rebuilding a field from a few of its pixels."""

from typing import Literal

import numpy as np
import xarray as xr

from fieldbench.datasets import _fields, _waves
from fieldbench.datasets._files import GENERATED
from fieldbench.errors import UserError
from fieldbench.values import Count, Seed

AT_ONCE = 1000  # fields evaluated together: some ten megabytes of intermediate values at 32 x 32


def load(
    *,
    family: Literal["simple", "multi-frequency", "radial", "interference", "modulated", "composite"],
    train: int,
    validation: int,
    test: Count,
    resolution: int = 32,
    seed: Seed = 0,
    data_root: str | None = None,
    download: bool = False,
) -> xr.Dataset:
    """Fields of `datasets._waves` on a square grid, without noise.

    Training, validation and test fields come from three streams of random numbers, so that more of one changes none
    of the others.

    Args:
        family: of `_waves.FAMILIES`.
        train, validation, test: number of fields.
        resolution: pixels along each side; the outermost ones lie on the edges of the square.
        seed: of the three streams.
        data_root: not used: no file is needed.
        download: not used.

    Returns:
        the data set described in `datasets._fields.finished`, with a peak of 1.

    Raises:
        UserError: unknown family, or a number out of range.
    """
    counts = {"train": train, "validation": validation, "test": test}
    if resolution < 2 or min(counts.values()) < 0 or test < 1:
        raise UserError(
            f"wave_family has `resolution` {resolution} and fields {counts}; it needs a resolution of 2 or more, at "
            "least one test field and no negative number."
        )
    side = np.linspace(0, 1, resolution)
    points = _fields.points(side, side, np.ones((resolution, resolution), dtype=bool), sphere=False)
    splits = {
        name: _fields_of(family, parameters(family, count, seed, name), points["position"].values)
        for name, count in counts.items()
    }
    return _fields.finished(
        splits, points, unit="1", long_name=f"{family} waves", title=f"Waves, {family}", kind="generated",
        notes=[f"Seed {seed}; each split has its own stream of random numbers."], peak=1.0,
        **GENERATED,
    )  # fmt: skip


def parameters(family: str, count: int, seed: int, split: str) -> _waves.Parameters:
    """The parameters of the fields of one split; see `_waves.draw`."""
    return _waves.draw(family, count, np.random.default_rng([seed, _fields.SPLITS.index(split)]))


def _fields_of(family: str, drawn: _waves.Parameters, position: np.ndarray) -> np.ndarray:
    count = len(next(iter(drawn.values())))
    fields = np.empty((count, len(position)), dtype=np.float32)
    for start in range(0, count, AT_ONCE):
        some = slice(start, start + AT_ONCE)
        chosen = {name: values[some] for name, values in drawn.items()}
        fields[some] = _waves.evaluate(family, chosen, *position.T)
    return fields
