"""A figure of the configuration as files."""

from collections.abc import Mapping
from typing import Any

from fieldbench import files, registry
from fieldbench.errors import Unsuitable

DPI = 110  # of a PNG


def caption(area: str, entry: Mapping[str, Any]) -> str:
    """The caption of a figure of the configuration, which names what it shows."""
    options = entry.get("with", entry)
    shown = next((options[key] for key in ("task", "dataset", "experiment") if key in options), "all tasks")
    return registry.constant(f"{area}/figures", entry["type"], "CAPTION").replace("{dataset}", shown)


def save(area: str, study: Any, entry: Mapping[str, Any], *paths: str) -> None:
    """Draw the figure of a configuration entry to files whose suffixes say their format.

    Args:
        area: whose figures they are.
        study: the results of the area, as the figure's `draw` takes them.
        entry: `type`, a file of `fieldbench.<area>.figures`, and its options.

    Raises:
        UserError: unknown type or option, or a folder that cannot be written.
    """
    options = {key: value for key, value in entry.get("with", entry).items() if key != "type"}
    try:
        figure = registry.build(f"{area}/figures", entry["type"], study, **options)
    except Unsuitable as error:
        from fieldbench.figures import _style  # every dry run asks for captions, and needs no Matplotlib

        figure = _style.without_data(str(error))
    for path in paths:
        with files.replacing(path) as temporary:
            figure.savefig(temporary, dpi=DPI)
