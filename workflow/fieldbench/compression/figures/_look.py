"""What the figures of the compression area share: one look per codec, panels in rows, curves with bands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.compression.report.rates import PSNR, QUALITIES, RATE
from fieldbench.compression.report.results import Study
from fieldbench.figures._style import CYCLE, new_figure
from fieldbench.report.experiments import Experiment

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
PUBLISHED = "published, other images or sizes"
RATE_LABEL = "rate (bit per pixel)"


@dataclass(frozen=True)
class Look:
    """How a codec is drawn.

    Attributes:
        colour, marker, dashes: of its line; standard codecs are dashed.
        filled: whether its markers are; those of standard codecs are hollow.
    """

    colour: str
    marker: str
    dashes: str
    filled: bool

    @property
    def line(self) -> dict[str, object]:
        """Options of `Axes.plot`."""
        face = self.colour if self.filled else "white"
        return {
            "color": self.colour,
            "marker": self.marker,
            "ls": self.dashes,
            "markerfacecolor": face,
            "ms": 5,
        }


def looks(study: Study, codecs: Iterable[str]) -> dict[str, Look]:
    """A look for each of a figure's codecs: colours and markers in turn among the learned and among the standard ones."""
    look_of: dict[str, Look] = {}
    for codec in codecs:
        learned = study.learned(codec)
        turn, place = divmod(sum(look.filled == learned for look in look_of.values()), len(CYCLE))
        marker = MARKERS[(place + turn) % len(MARKERS)]
        look_of[codec] = Look(CYCLE[place], marker, "-" if learned else "--", learned)
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
    return figure, panels


def quality_label(metric: str) -> str:
    """The axis of a quality; VMAF and similarities are pure numbers."""
    return "PSNR (dB)" if metric == PSNR else QUALITIES[metric]


def curve(study: Study, experiment: Experiment, codec: str, metric: str) -> pd.DataFrame:
    """Means over the inputs that have each point: `rate`, `quality`, and over seeds the `least` and `most` quality."""
    rows = []
    for point in study.points(experiment, codec):
        keys = [key for key in study.keys(experiment, codec) if key.regime == point]
        keys = [key for key in keys if study.rates.has(key, metric)]
        if keys:
            qualities = [np.atleast_1d(study.rates.values(key, metric)) for key in keys]
            count = min(map(len, qualities))
            by_seed = np.mean([values[:count] for values in qualities], axis=0)
            rate = np.mean([study.results.estimate(key, RATE).mean for key in keys])
            quality = np.mean([values.mean() for values in qualities])
            rows.append((rate, quality, by_seed.min(), by_seed.max()))
    return pd.DataFrame(rows, columns=["rate", "quality", "least", "most"])


def draw_curve(axes: Axes, points: pd.DataFrame, look: Look, label: str) -> None:
    """A curve with its band over seeds."""
    axes.plot(points.rate, points.quality, label=label, **look.line)
    if (points.most > points.least).any():
        axes.fill_between(points.rate, points.least, points.most, color=look.colour, alpha=0.25, lw=0)
