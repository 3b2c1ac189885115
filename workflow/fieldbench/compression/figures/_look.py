"""What the figures of the compression area share: one look per codec, panels in rows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.compression.report.results import Study
from fieldbench.figures._style import CYCLE, new_figure

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
RATE_LABEL = "rate (bit per pixel)"


def looks(study: Study, codecs: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Options of `Axes.plot` for each codec: colours and markers in turn, of the learned ones and of the standard ones.

    Standard codecs are dashed, with hollow markers.
    """
    look_of = {}
    count: Counter[bool] = Counter()
    for codec in codecs:
        learned = study.learned(codec)
        turn, place = divmod(count[learned], len(CYCLE))
        count[learned] += 1
        look_of[codec] = {
            "color": CYCLE[place],
            "marker": MARKERS[(place + turn) % len(MARKERS)],
            "ls": "-" if learned else "--",
            "markerfacecolor": CYCLE[place] if learned else "white",
            "ms": 5,
        }
    return look_of


def panels_in_rows(
    count: int, across: int, height: float, margin: float = 0.0
) -> tuple[Figure, Sequence[Axes]]:
    """A figure and its panels, at least one, `across` of them in a row of a height in inches; the rest stays empty."""
    down = -(-max(1, count) // across)
    figure = new_figure(height * down + margin)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for axes in panels[max(1, count) :]:
        axes.axis("off")
    return figure, list(panels)
