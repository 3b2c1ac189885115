"""What a file holds, as all kinds of files have it: a field, and what restores the file's form from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as entry
from pathlib import Path
from typing import Any

import numpy as np

from fieldbench.compression import limits, samples
from fieldbench.compression.field import Field
from fieldbench.compression.samples import Samples
from fieldbench.compression.search import Search
from fieldbench.datasets._gaps import ALIKE, MARKERS
from fieldbench.errors import UserError

ABSURD = 1e15  # magnitude from which a repeated, far value is taken for a missing one


@dataclass(frozen=True)
class Content:
    """A file's content.

    Attributes:
        field: the samples.
        form: plain values that say how to write the field as such a file again.
        sections: binary ones.
        parts: the arrays that the field was made of, where these are not pixels.
        notes: what is not kept, in words.
    """

    field: Field
    form: dict[str, Any]
    sections: dict[str, bytes] = entry(default_factory=dict)
    parts: Sequence[Samples] = ()
    notes: tuple[str, ...] = ()

    def beside(self, decoded: Field, error: float | None, search: Search) -> dict[str, bytes]:
        """The sections that the file needs besides those of the codec, which decodes as `decoded`; see `samples.beside`."""
        own = samples.beside(self.parts, self.form["parts"], decoded, error, search) if self.parts else {}
        return {**self.sections, **own}

    def arrays(self) -> list[np.ndarray]:
        """The arrays of a decoded content in their types, missing values as they were."""
        return [values for values, _ in self._restored()]

    def known(self) -> list[np.ndarray]:
        """Which of their values are measurements."""
        return [known for _, known in self._restored()]

    def _restored(self) -> list[tuple[np.ndarray, np.ndarray]]:
        return samples.restored(self.field, self.form["parts"], self.form["sizes"], self.sections)


def of_arrays(
    parts: Sequence[Samples],
    path: Path,
    form: dict[str, Any],
    sections: Mapping[str, bytes] | None = None,
    notes: Iterable[str] = (),
) -> Content:
    """The content of arrays of one shape; values that stand for missing ones without a word are noted.

    Raises:
        UserError: see `samples.to_field`.
    """
    found = [_without_suspects(part) for part in parts]
    suspected = tuple(note for _, note in found if note)
    parts = [part for part, _ in found]
    try:
        made, entries = samples.to_field(parts)
    except UserError as error:
        raise UserError(f"{path} {error}") from error
    form = {**form, "parts": entries, "sizes": list(parts[0].values.shape)}
    return Content(made, form, dict(sections or {}), parts, (*notes, *suspected))


def check_size(path: Path, count: int, limit: int) -> None:
    """Refuse to read more values than the limit, before memory is taken for them.

    Raises:
        UserError: there are more.
    """
    try:
        limits.check(count, limit)
    except limits.TooLarge as error:
        raise UserError(f"{path} {error}") from error


def _without_suspects(part: Samples) -> tuple[Samples, str]:
    """The part with values like -999 or 1e20 counted as missing, where they stand far off all others, and a note."""
    for end in (np.min, np.max):
        known = part.values[part.known]
        if not known.size:
            break
        value = end(known)
        same, others = part.values == value, known[known != value].astype(np.float64)
        looks = np.isclose(float(value), MARKERS, rtol=ALIKE).any() or abs(float(value)) >= ABSURD
        if looks and (known == value).sum() > 1 and others.size and _far(float(value), others):
            note = f"{same.sum():,} values of {value} are taken as missing; they come back as they are"
            rest, _ = _without_suspects(Samples(**{**vars(part), "known": part.known & ~same}))
            return rest, note
    return part, ""


def _far(value: float, others: np.ndarray) -> bool:
    with np.errstate(over="ignore"):
        return bool(min(abs(value - others.min()), abs(value - others.max())) > np.ptp(others))
