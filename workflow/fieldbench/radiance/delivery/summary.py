"""What is said of a scene that was handed over: one sentence, and one page with a view and its depth."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from fieldbench import files
from fieldbench.figures._style import WIDTH, new_figure, styled
from fieldbench.figures.drawing import DPI
from fieldbench.monitor.view import duration
from fieldbench.report import templates
from fieldbench.report.formatting import plain
from fieldbench.report.results import lines
from fieldbench.studies import Study

SHOWN = {"truth": "a view that was not learned", "rendered": "as it is rendered"}


def sentence(views: xr.Dataset) -> str:
    """Which representation, how good, and what it cost."""
    about, count = views.attrs, views.sizes["view"]
    compared = len(about["methods_compared"].split(", "))
    rank = f"the choice among {compared}" if compared > 1 else "the only method that finished"
    return (
        f"{about['method']} ({about['description']}): PSNR {about['psnr_db']} dB of {count} views left out, where all-white "
        f"ones have {about['white_psnr_db']:.1f} dB; {rank}, in {duration(about['training_seconds'])} of training."
    )


def write(views: xr.Dataset, folder: Path, study: Study) -> Path:
    """Write the page and its picture; returns the page.

    Args:
        views: of the recommended model, with what was said of it.
        folder: that was handed over.
        study: that was run.

    Raises:
        UserError: the folder cannot be written to.
    """
    page = folder / "scene.md"
    with files.replacing(folder / "scene.png") as temporary:
        picture(views).savefig(temporary, dpi=DPI, format="png")
    text = templates.render(
        "learned.md.j2",
        title=plain(study.dataset),
        sentence=plain(sentence(views)),
        compared=views.attrs["methods_compared"],
        notes=plain(lines(views.attrs, "notes")),
        results=study.results.name if study.results.parent == folder.resolve() else str(study.results),
    )
    files.save_text(text, page)
    return page


@styled
def picture(views: xr.Dataset) -> Figure:
    """The first test view, what is rendered of it, and its depth."""
    height, width = views["truth"].shape[1:3]
    figure = new_figure(min(WIDTH / 3 * height / width + 0.8, 8.0))
    panels = figure.subplots(1, 3)
    for axes, (name, words) in zip(panels, SHOWN.items(), strict=False):
        axes.imshow(views[name].values[0], interpolation="nearest")
        axes.set_title(words)
    depth = views["depth"].values[0]
    shown = panels[2].imshow(depth, cmap="viridis_r", interpolation="nearest")
    panels[2].set_title("depth")
    if np.isfinite(depth).any():
        figure.colorbar(shown, ax=panels[2], label="distance (unit of the cameras' list)")
    for axes in panels:
        axes.grid(False)
        axes.set_xticks([])
        axes.set_yticks([])
    return figure
