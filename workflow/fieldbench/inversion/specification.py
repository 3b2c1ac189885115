"""What the entry of a method means in a regime: whether it is defined there, and what is built of it."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from fieldbench.config import option_types

Definition = Literal["open", "strict", "as_run", "strict_as_run"]  # a key of an encoder
DEFINITIONS: tuple[Definition, ...] = get_args(Definition)
GRID_KEYS = ("base_resolution", "max_resolution", "levels", "features", "table_size")
Entry = Mapping[str, Any]


def applies(encoder: Entry, definition: str | None) -> bool:
    """Whether an encoder is defined where a document's definitions (None: no grid) run."""
    has_grid = "levels" in option_types("encoders", encoder["type"])
    if not has_grid or definition is None:
        return not has_grid and definition is None
    return definition in encoder or not any(name in encoder for name in DEFINITIONS)


def defined(area: Entry, regime: str) -> list[str]:
    """The methods that are defined in a regime: without a grid, the classical ones too."""
    definition = area["regimes"][regime].get("definitions")
    encoders = [name for name, entry in area["encoders"].items() if applies(entry, definition)]
    return encoders if definition else [*area["classical"], *encoders]


def matching(area: Entry, patterns: Sequence[str], regime: str) -> list[str]:
    """The methods of a regime that names or patterns stand for, in the order of these."""
    known = defined(area, regime)
    return list(dict.fromkeys(name for pattern in patterns for name in known if fnmatchcase(name, pattern)))


def network(encoder: Entry) -> Entry:
    """The network that reads an encoder's features; a multi-layer perceptron where none is named."""
    return encoder.get("network", {"type": "mlp"})


def specification(area: Entry, regime: str, method: str) -> dict[str, dict[str, Any]]:
    """The encoder and network of a trained method in a regime: `encoder` and `network`, each with `type` and its options."""
    grid, entry = area["regimes"][regime], area["encoders"][method]
    shared = {key: grid[key] for key in GRID_KEYS if key in grid}
    own = {**entry.get("with", {}), **entry.get(grid.get("definitions"), {})}
    reader = network(entry)
    return {
        "encoder": {"type": entry["type"], **shared, **own},
        "network": {"type": reader["type"], **reader.get("with", {})},
    }


def modules(area: Entry, *methods: str) -> list[str]:
    """The modules that the entries of trained methods name, for provenance."""
    entries = [area["encoders"][method] for method in methods]
    picked = {f"encoders.{entry['type']}" for entry in entries}
    return sorted(picked | {f"networks.{network(entry)['type']}" for entry in entries})
