"""What codecs make of an input at about the same rate, beside the truth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from fieldbench.compression.figures._look import panels_in_rows
from fieldbench.compression.report.rates import PSNR, RATE
from fieldbench.compression.report.results import Study, input_facts
from fieldbench.figures._style import MASKED, WIDTH, nothing, styled
from fieldbench.report.metrics import data_unit
from fieldbench.report.tables import Key

CAPTION = (
    "{dataset} as codecs give it back at about the same rate, beside the truth; the best PSNR first, "
    "first seed. Grey: unknown."
)
ACROSS = 4
MOST = 11  # codecs that are drawn unless asked otherwise
COLOURS = 3  # channels of a picture


@styled
def draw(
    study: Study,
    dataset: str,
    rate: float = 0.5,
    codecs: Sequence[str] = (),
    window: Sequence[int] | None = None,
    frame: int = 0,
    channel: int = 0,
) -> Figure:
    """The truth, then each codec at the operating point whose rate is nearest to the wanted one, best PSNR first.

    Args:
        study: the area's results.
        dataset: the input.
        rate: bits per pixel.
        codecs: that are shown; all that were run where left out.
        window: rows and columns that are shown, as [row from, row to, column from, column to].
        frame: of a video or volume.
        channel: of an input that is no picture in three colours.
    """
    shown = nearest_in_rate(study, dataset, rate, codecs)
    view = View(study, dataset, window, frame, channel)
    height, width = view.truth.shape[:2]
    row = WIDTH / ACROSS * min(1.5, height / width) + 0.5
    figure, panels = panels_in_rows(len(shown) + 1, ACROSS, height=row)
    view.draw(panels[0], view.truth, f"truth: {dataset}")
    for axes, (key, decoded) in zip(panels[1:], shown.items(), strict=False):
        level, bits = (study.rates.first(key, metric) for metric in (PSNR, RATE))
        title = f"{key.method}, {key.regime}\n{level:.1f} dB at {bits:.3f} bit per pixel"
        view.draw(axes, view.of(decoded.values), title)
    if not shown:
        nothing(panels[1], "nothing was decoded")
    if not view.picture:
        figure.colorbar(
            panels[0].get_images()[0], ax=list(panels[: len(shown) + 1]), label=view.unit, shrink=0.6
        )
    return figure


def nearest_in_rate(
    study: Study, dataset: str, rate: float, codecs: Sequence[str] = ()
) -> dict[Key, xr.DataArray]:
    """The operating point of each codec that is nearest in rate and what it decodes to, best PSNR first."""
    nearest = {}
    for codec in codecs or study.about["codecs"]:
        keys = study.rates.points(dataset, codec)
        decoded = study.decoded(dataset, codec) if keys else None
        if decoded is None:
            continue
        keys = [key for key in keys if key.regime in decoded.point.values]
        if keys:
            key = min(keys, key=lambda key: abs(np.log(study.rates.first(key, RATE) / rate)))
            nearest[key] = decoded.sel(point=key.regime)
    best = sorted(nearest, key=lambda key: -study.rates.first(key, PSNR))
    return {key: nearest[key] for key in (best if codecs else best[:MOST])}


class View:
    """Which part of an input is shown, and how: a picture in its colours, anything else on the truth's scale."""

    def __init__(
        self,
        study: Study,
        dataset: str,
        window: Sequence[int] | None = None,
        frame: int = 0,
        channel: int = 0,
    ):
        data = study.input(dataset)
        field, facts = data.field, input_facts(data, dataset)
        self.picture = facts["kind"] in ("image", "video") and len(field) == COLOURS
        self.place = (window, frame, channel)
        self.truth = self.of(field.values)
        limits = np.nanpercentile(self.truth, [0.5, 99.5])
        self.norm = Normalize(limits[0], limits[1] if limits[1] > limits[0] else limits[0] + 1)
        unit, name = data_unit(facts["units"]), str(field.channel.values[channel])
        self.unit = f"{name} ({unit})" if unit else name

    def of(self, values: np.ndarray) -> np.ndarray:
        """The part (rows, columns) or (rows, columns, 3) of values (channel, *space)."""
        window, frame, channel = self.place
        plane = values if values.ndim == 3 else values[:, frame]
        if window is not None:
            plane = plane[:, window[0] : window[1], window[2] : window[3]]
        return np.clip(np.moveaxis(plane, 0, -1), 0, 1) if self.picture else plane[channel]

    def draw(self, axes: Axes, values: np.ndarray, title: str) -> None:
        """One panel; grey where nothing is known."""
        axes.set_facecolor(MASKED)
        axes.grid(False)
        axes.set_xticks([])
        axes.set_yticks([])
        scale: dict[str, Any] = {} if self.picture else {"cmap": "viridis", "norm": self.norm}
        axes.imshow(values, interpolation="nearest", **scale)
        axes.set_title(title)
