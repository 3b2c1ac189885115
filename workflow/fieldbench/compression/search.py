"""Which coders of whole numbers are tried on a remainder, for how long, and what came of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fieldbench.compression import integers
from fieldbench.errors import UserError

OWN = ("interpolated", "predicted", "magnitude")
ALL = (
    "interpolated",
    "predicted",
    "sperr",
    "sz3",
    "jpegxl",
    "magnitude",
)  # those that are usually small or quick first


@dataclass
class Search:
    """The smallest of several coders' streams.

    Attributes:
        coders: of `integers.CODERS`, in the order in which they are tried.
        seconds: after which no further one is begun; one that takes the numbers is always tried.
        sizes: bytes that each took, over all arrays.
        left_out: why others did not take them, or were not tried.
        chosen: by array.
    """

    coders: Sequence[str] = OWN
    seconds: float = float("inf")
    sizes: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    chosen: list[str] = field(default_factory=list)

    def smallest(self, values: np.ndarray, known: np.ndarray, slack: int) -> tuple[str, bytes]:
        """Name and stream of the coder that takes the fewest bytes; see `integers.encode`.

        Raises:
            UserError: none takes these numbers.
        """
        began = time.monotonic()
        streams: dict[str, bytes] = {}
        for name in self.coders:
            if streams and time.monotonic() - began > self.seconds:
                self.left_out.setdefault(name, "no time was left")
                continue
            try:
                streams[name] = integers.encode(name, values, known, slack)
            except integers.Unsuited as error:
                self.left_out[name] = str(error)
                continue
            self.sizes[name] = self.sizes.get(name, 0) + len(streams[name])
        if not streams:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in self.left_out.items())
            raise UserError(
                f"No coder takes these numbers ({reasons}); choose a larger error or another coder."
            )
        name = min(streams, key=lambda name: len(streams[name]))
        self.chosen.append(name)
        return name, streams[name]

    def report(self) -> str:
        """One sentence: what was chosen, what the others took."""
        taken = sorted(self.sizes.items(), key=lambda item: item[1])
        sizes = ", ".join(f"{name} {size:,}" for name, size in taken)
        left = "".join(f"; {name}: {reason}" for name, reason in self.left_out.items())
        return f"{', '.join(dict.fromkeys(self.chosen))} (bytes: {sizes}{left})"
