"""What the figures of the compression area share: one look per codec, curves with bands, stored parts."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from fieldbench.compression.report.rates import PSNR, QUALITIES, RATE
from fieldbench.compression.report.results import Run
from fieldbench.compression.report.tables import Experiment, Study
from fieldbench.figures._style import CYCLE

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
    found: dict[str, Look] = {}
    for codec in codecs:
        learned = study.learned(codec)
        turn, place = divmod(sum(look.filled == learned for look in found.values()), len(CYCLE))
        marker = MARKERS[(place + turn) % len(MARKERS)]
        found[codec] = Look(CYCLE[place], marker, "-" if learned else "--", learned)
    return found


def chosen(run: Run, experiment: str) -> Experiment | None:
    """An experiment, None where nothing of it was measured."""
    return run.study.experiments.get(experiment)


def quality_label(metric: str) -> str:
    """The axis of a quality; VMAF and similarities are pure numbers."""
    return "PSNR (dB)" if metric == PSNR else QUALITIES[metric]


def curve(study: Study, experiment: Experiment, codec: str, metric: str) -> np.ndarray:
    """(n, 4): rate, quality, and the least and largest quality over seeds, means over the inputs that have each point."""
    rows = []
    for point in study.points(experiment, codec):
        keys = [
            key
            for name in experiment.datasets
            for key in study.rates.points(name, codec)
            if key.regime == point
        ]
        keys = [key for key in keys if study.rates.has(key, metric)]
        if keys:
            qualities = [np.atleast_1d(study.rates.values(key, metric)) for key in keys]
            count = min(map(len, qualities))
            by_seed = np.mean([values[:count] for values in qualities], axis=0)
            rates = [study.results.estimate(key, RATE).mean for key in keys]
            mean = np.mean([values.mean() for values in qualities])
            rows.append((np.mean(rates), mean, by_seed.min(), by_seed.max()))
    return np.array(rows).reshape(-1, 4)


def draw_curve(axes: Axes, values: np.ndarray, look: Look, label: str) -> None:
    """A curve with its band over seeds."""
    axes.plot(values[:, 0], values[:, 1], label=label, **look.line)
    if np.any(values[:, 3] > values[:, 2]):
        axes.fill_between(values[:, 0], values[:, 2], values[:, 3], color=look.colour, alpha=0.25, lw=0)
