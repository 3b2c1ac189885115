"""A field to be coded: samples on a regular grid, which of them are known, and what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr

from fieldbench.errors import UserError

DIMENSIONS = {
    "image": ("y", "x"),
    "variable": ("y", "x"),
    "video": ("frame", "y", "x"),
    "volume": ("z", "y", "x"),
}
OWN_KEYS = ("kind", "units", "peak", "levels")


@dataclass(frozen=True)
class Field:
    """Samples of one or more quantities on a regular grid.

    Attributes:
        values: (C, *space) float32, finite; any value where unknown.
        known: (*space) bool.
        kind: key of `DIMENSIONS`.
        units: of the values; "1" where they lie in [0, 1].
        peak: what PSNR takes as the largest possible error, in `units`.
        levels: 256 for 8-bit data, 65536 for 16-bit data: values are multiples of 1 / (levels - 1); 0: any value.
        channels: name of each channel.
        attributes: what else belongs to the data, such as `frames_per_second`; plain values.
    """

    values: np.ndarray
    known: np.ndarray
    kind: str
    units: str
    peak: float
    levels: int
    channels: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples along each axis of space, slowest first."""
        return self.known.shape

    def pixels(self) -> np.ndarray:
        """Data with levels as whole numbers (*space, C): uint8 up to 256 levels, else uint16."""
        dtype = np.uint8 if self.levels <= 256 else np.uint16
        whole = np.rint(np.moveaxis(self.values, 0, -1) * np.float32(self.levels - 1))
        return np.ascontiguousarray(whole.astype(dtype))


def make(
    values: np.ndarray,
    *,
    kind: str,
    units: str,
    peak: float,
    levels: int,
    channels: tuple[str, ...],
    attributes: Mapping[str, Any] | None = None,
) -> Field:
    """A field from values (C, *space) that are not finite where they are unknown.

    A sample is known if all of its channels are. Unknown values become the mean of the known ones.

    Raises:
        UserError: no sample is known, or `kind` does not have so many dimensions.
    """
    if kind not in DIMENSIONS or values.ndim - 1 != len(DIMENSIONS[kind]):
        known_kinds = ", ".join(f"{name} {dims}" for name, dims in DIMENSIONS.items())
        raise UserError(
            f"A field of kind '{kind}' cannot have {values.ndim - 1} dimensions; kinds: {known_kinds}."
        )
    known = np.isfinite(values).all(axis=0)
    if not known.any():
        raise UserError("The field has no known value: every sample is NaN in at least one channel.")
    means = values[:, known].mean(axis=1, dtype=np.float64)
    filled = np.where(known, values, means.reshape(-1, *[1] * known.ndim)).astype(np.float32)
    return Field(
        filled, known, kind, units, float(peak), int(levels), tuple(channels), dict(attributes or {})
    )


def from_pixels(pixels: np.ndarray, levels: int = 256) -> np.ndarray:
    """The values (C, *space) in [0, 1] that `Field.pixels` made whole numbers (*space, C) of."""
    return np.ascontiguousarray(np.moveaxis(pixels, -1, 0).astype(np.float32) / np.float32(levels - 1))


def from_dataset(data: xr.Dataset) -> Field:
    """The field in a data set's variable `field` ("channel", *space), unknown where it is NaN.

    Raises:
        UserError: see `make`; or an attribute is missing.
    """
    if missing := [key for key in OWN_KEYS if key not in data.attrs]:
        raise UserError(f"The data set lacks the attributes {', '.join(missing)}; prepare it again.")
    own = {key: data.attrs[key] for key in OWN_KEYS}
    others = {key: value for key, value in data.attrs.items() if key == "frames_per_second"}
    channels = tuple(str(name) for name in data["channel"].values)
    return make(data["field"].values, channels=channels, attributes=others, **own)


def to_dataset(field: Field, **attrs: Any) -> xr.Dataset:
    """`field` as a data set with NaN where it is unknown; `attrs` join its own attributes."""
    values = np.where(field.known, field.values, np.float32(np.nan))
    own = {key: getattr(field, key) for key in OWN_KEYS}
    return xr.Dataset(
        {"field": (("channel", *DIMENSIONS[field.kind]), values)},
        {"channel": list(field.channels)},
        {**own, **field.attributes, **attrs},
    )


def rounded(field: Field) -> Field:
    """`field` with its values rounded to its levels and clipped to [0, 1], where it has levels."""
    if not field.levels:
        return field
    steps = np.float32(field.levels - 1)
    return replace(field, values=np.rint(np.clip(field.values, 0, 1) * steps) / steps)


def stacked(fields: Mapping[str, Field]) -> xr.Dataset:
    """Decoded fields of one shape by operating point: `field` (point, channel, *space), 8-bit data as whole numbers.

    Without any field the data set is empty.
    """
    if not fields:
        return xr.Dataset()
    first = next(iter(fields.values()))
    values = np.stack([field.values for field in fields.values()])
    if first.levels == 256:
        values = np.rint(values * 255).astype(np.uint8)
    dims = ("point", "channel", *DIMENSIONS[first.kind])
    return xr.Dataset(
        {"field": (dims, values)}, {"point": list(fields)}, {"levels": first.levels, "units": first.units}
    )
