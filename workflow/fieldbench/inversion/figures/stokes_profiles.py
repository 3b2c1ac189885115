"""Observed Stokes profiles of a few pixels with what the inferred fields predict for them."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import BLACK, BLUE, VERMILION, legend, new_figure, styled
from fieldbench.inversion.figures._look import QUANTITIES, truths
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import Study
from fieldbench.physics.weak_field import propagate, stokes_fit, transverse
from fieldbench.report.formatting import method_name

CAPTION = (
    "Observed Stokes profiles of {dataset} at pixels of strong, median and weak field, with the profiles "
    "that the inferred fields predict at the wavelengths used."
)
STOKES = ("I", "Q", "U", "V")
# Quantiles of the pixel-wise field strength.
RANKS = {"strong field": 0.99, "median field": 0.5, "weak field": 0.1}


@styled
def draw(study: Study, dataset: str, fallback: str = "pixelwise") -> Figure:
    """Rows: pixels of strong, median and weak field; columns: Stokes I, Q, U, V, with the fits.

    The encoding's V is the best one's for B_los, its Q and U the best one's for B_Q and B_U.

    Args:
        study: the area's results.
        dataset: that is shown.
        fallback: method without a grid that is drawn beside the encoding.
    """
    study = study.on(dataset)
    profiles = study.profiles()
    pixels = _pixels(study)
    fields = _fields(study, fallback)
    fits = {
        name: stokes_fit(profiles, field, study.scheme, list(pixels.values()))
        for name, field in fields.items()
    }
    figure = new_figure(3.0 * len(pixels) + 0.5)
    parts = figure.subfigures(len(pixels), 1, squeeze=False)[:, 0]
    for index, (title, pixel) in enumerate(pixels.items()):
        row = parts[index].subplots(1, len(STOKES), sharex=True)
        _row(profiles, row, pixel, {name: fit.isel(pixel=index) for name, fit in fits.items()})
        text = f"{title} ({_position(study, pixel)}):  {_strengths(study, fields, pixel)}"
        parts[index].suptitle(text, x=0.01, ha="left", fontsize=10)
    legend(figure, row[-1:])
    return figure


def _pixels(study: Study) -> dict[str, tuple[int, int]]:
    """The usable pixels at some ranks of the pixel-wise field strength."""
    b_los, b_q, b_u = study.weak_field.optimum.values
    strength = np.hypot(b_los, transverse(b_q, b_u))
    usable = np.flatnonzero(study.data.usable.values)
    order = usable[np.argsort(strength.ravel()[usable])]
    places = {title: order[int(rank * (len(order) - 1))] for title, rank in RANKS.items()}
    width = strength.shape[1]
    return {title: (int(flat) // width, int(flat) % width) for title, flat in places.items()}


def _fields(study: Study, fallback: str) -> dict[str, xr.DataArray]:
    """Name -> field (component, y, x); the best encoding's is made of the best for each component."""
    fields = {method_name(key.method): study.field(key) for key in study.without_grid((fallback,))}
    los, plane = study.best("b_los"), study.best("b_qu")
    if los is None or plane is None:
        return fields
    names = dict.fromkeys((place(study, los), place(study, plane)))
    title = "best: " + " for V, ".join(names) + (" for Q and U" if len(names) > 1 else "")
    parts = [study.field(los).sel(component=["b_los"]), study.field(plane).sel(component=["b_q", "b_u"])]
    return {**fields, title: xr.concat(parts, dim="component")}


def _position(study: Study, pixel: tuple[int, int]) -> str:
    y, x = (study.data[axis].values[index] for axis, index in zip(("y", "x"), pixel, strict=True))
    return f"y {y:.4g}, x {x:.4g} {study.data.y.attrs.get('units', 'pixel')}"


def _strengths(study: Study, fields: dict[str, xr.DataArray], pixel: tuple[int, int]) -> str:
    """B_los, B_T and azimuth of each field, and the truth where it is known."""
    known = truths(study.data)
    values = {"truth": [truth[pixel] for truth in known]} if known else {}
    for title, field in fields.items():
        inferred = propagate(field, study.weak_field.sigma)
        values[title.split(":")[0]] = [inferred[quantity.name].values[pixel] for quantity in QUANTITIES]
    listed = ";  ".join(
        f"{title} {b:.0f} G, {t:.0f} G, {angle:.0f}°" for title, (b, t, angle) in values.items()
    )
    return rf"$B_\mathrm{{los}}$, $B_\mathrm{{T}}$, azimuth: {listed}"


def _row(data: xr.Dataset, row: np.ndarray, pixel: tuple[int, int], fits: dict[str, xr.DataArray]) -> None:
    offsets = data.wavelength.values
    for axes, name in zip(row, STOKES, strict=True):
        observed = data.stokes_profiles.sel(stokes=name).values[pixel]
        noise = float(data.noise.sel(stokes=name))
        axes.errorbar(
            offsets, observed, yerr=noise, fmt="o", color=BLACK, ms=3, lw=1, label="observed, 1 sigma"
        )
        axes.set_ylabel(f"Stokes {name} ($I_c$)")
        axes.set_xlabel(r"$\Delta\lambda$ (Å)")
        if name != "I":
            _fit_lines(axes, offsets, {title: fit.sel(stokes=name).values for title, fit in fits.items()})


def _fit_lines(axes: Axes, offsets: np.ndarray, fits: dict[str, np.ndarray]) -> None:
    """Fits as marked lines, with gaps at the wavelengths that were not used."""
    for (title, values), colour, marker in zip(fits.items(), (VERMILION, BLUE), ("x", "+"), strict=False):
        axes.plot(offsets, values, color=colour, marker=marker, ms=7, lw=1.2, label=title)
