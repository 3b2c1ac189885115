"""A figure of the configuration as files."""

from collections.abc import Mapping
from typing import Any

from fieldbench import files, registry

DPI = 110  # of a PNG
CAPTIONED = ("type", "caption")  # keys of an entry that are no options of the figure


def save(run: Any, entry: Mapping[str, Any], *paths: str) -> None:
    """Draw the figure of a configuration entry to files whose suffixes say their format.

    Args:
        run: the results of an area, as the figure's `draw` takes them.
        entry: `type`, a file of `fieldbench.figures`, and its options.

    Raises:
        UserError: unknown type or option, or a folder that cannot be written.
    """
    options = {key: value for key, value in entry.items() if key not in CAPTIONED}
    figure = registry.build("figures", entry["type"], run, **options)
    for path in paths:
        with files.replacing(path) as temporary:
            figure.savefig(temporary, dpi=DPI)
