"""The document's techniques: what each brings alone, the best versions, and which pairs help one another."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import BLUE, VERMILION, legend, name_rows, new_figure, nothing, styled
from fieldbench.report.formatting import method_name
from fieldbench.sparse.figures._look import points
from fieldbench.sparse.report.results import Study
from fieldbench.sparse.report.techniques import Version, interactions, versions

CAPTION = (
    "The document's techniques on {dataset}. Left: gain over the base by each alone and by the best "
    "versions of several, with 95 % intervals for all of them at once. Right: what each pair brings beyond "
    "the sum of both alone; dots where that is clearly not zero."
)
BEST = 12  # versions of several techniques that are listed


@styled
def draw(study: Study, task: str) -> Figure:
    """Left: gains over the base, 95 % intervals for all at once; right: gain of pairs beyond the sum of both alone."""
    ranked = [version for version in versions(study, task) if version.gain]
    singles = [version for version in ranked if len(version.techniques) == 1]
    several = [version for version in ranked if len(version.techniques) > 1][:BEST]
    figure = new_figure(max(4.5, 0.27 * (len(singles) + len(several)) + 1.2))
    left, right = figure.subplots(1, 2, width_ratios=[1.1, 1])
    if ranked:
        _ranking(left, singles, several)
        legend(figure, [left])
    else:
        nothing(left, "no version was run")
    _pairs(study, task, right, [version.techniques[0] for version in singles])
    return figure


def _ranking(axes: Axes, singles: Sequence[Version], several: Sequence[Version]) -> None:
    axes.axvline(0, color="0.3", lw=1)
    looks = (
        ("one technique", singles, "o", BLUE),
        (f"best {len(several)} of several", several, "s", VERMILION),
    )
    start = 0
    for label, group, marker, colour in looks:
        rows = np.arange(start, start + len(group))
        if group:
            gains = [version.gain.difference for version in group if version.gain]
            points(axes, gains, rows, marker, colour, label)
        start += len(group)
    name_rows(axes, [_name(version) for version in (*singles, *several)])
    axes.set_xlabel("gain over the base in mean PSNR (dB)")


def _name(version: Version) -> str:
    """The version with its techniques, as far as they fit."""
    shown = ", ".join(version.techniques[:3]).replace("_", " ")
    more = len(version.techniques) - 3
    return f"{method_name(version.key.method)}: {shown}" + (f" and {more} more" if more > 0 else "")


def _pairs(study: Study, task: str, axes: Axes, order: Sequence[str]) -> None:
    """Lower triangle: gain beyond the sum; a dot where it is decided."""
    pairs = interactions(study, task)
    if not pairs:
        nothing(axes, "no pair was run with both of its techniques alone")
        return
    place = {name: index for index, name in enumerate(order)}
    values = np.full((len(order), len(order)), np.nan)
    for pair, comparison in pairs.items():
        column, row = sorted(place[technique] for technique in pair)
        values[row, column] = comparison.mean
        if comparison.verdict in ("better", "worse"):
            axes.plot(column, row, "k.", ms=5)
    limit = np.nanmax(np.abs(values)) or 1.0
    image = axes.imshow(values, cmap="PuOr_r", vmin=-limit, vmax=limit)
    names = [name.replace("_", " ") for name in order]
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.grid(False)
    axes.set_title("pairs (dots: clearly not zero)")
    axes.figure.colorbar(image, ax=axes, label="gain beyond the sum of both alone (dB)", shrink=0.6)
