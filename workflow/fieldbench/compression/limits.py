"""How much a file may make this program hold: sizes are what it says of itself, checked before memory is taken.

Nothing is imported: the command shows the limit in its help.
"""

from collections.abc import Mapping
from typing import Any

READING = 2**28  # values in a file to encode: a gigabyte in single precision, a picture of 89 megapixels
LIMIT = 36 * 2**20  # values in an .fbc: a picture of 12 megapixels in colour
ALWAYS = 2**22  # values that any .fbc may hold
PER_BYTE = 2**10  # more for each of its bytes, up to LIMIT: smooth data take a byte for some hundreds


class TooLarge(ValueError):
    """A file says that it holds more than the limit."""


def decoding(file_bytes: int) -> int:
    """Values that an .fbc of so many bytes may hold unless a person says otherwise."""
    return min(LIMIT, ALWAYS + PER_BYTE * file_bytes)


def check(count: int, limit: float) -> None:
    """Raise `TooLarge`, a sentence's second half, where there are more values than the limit."""
    if count > limit:
        raise TooLarge(
            f"holds {count:,} values, and the limit is {limit:,}; if you trust it, give --limit {count}."
        )


def check_numbers(entries: Mapping[str, Any], ranges: Mapping[str, tuple[int, int]]) -> None:
    """Raise ValueError where an entry of a header is no whole number within its range, ends included."""
    for name, (least, most) in ranges.items():
        value = entries[name]
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"{name} is {value!r:.40}, not {least} to {most}")
