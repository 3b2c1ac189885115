"""How long `fieldbench encode` trains a codec; the command shows it in its help, so that nothing is imported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Effort:
    """A preset.

    Attributes:
        steps: of the training.
        pyramid: options of that codec.
    """

    steps: int
    pyramid: Mapping[str, Any] = field(default_factory=dict)


EFFORTS = {
    "low": Effort(500, {"hidden": 8}),
    "medium": Effort(2000),
    "high": Effort(8000, {"context": 14}),
}
DEFAULT = "medium"
