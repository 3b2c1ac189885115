"""Observed Stokes profiles of a few pixels with what the inferred fields predict for them."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import BLACK, BLUE, TRUTH, VERMILION, new_figure, styled
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import Run
from fieldbench.physics.weak_field import propagate, stokes_fit, transverse
from fieldbench.report.formatting import method_name

CAPTION = (
    "Observed Stokes profiles of {dataset} at pixels of strong, median and weak field, with the profiles "
    "that the inferred fields predict at the wavelengths used."
)
STOKES = ("I", "Q", "U", "V")
RANKS = {
    "strong field": 0.99,
    "median field": 0.5,
    "weak field": 0.1,
}  # quantiles of the pixel-wise field strength


@styled
def draw(run: Run, dataset: str, fallback: str = "pixelwise") -> Figure:
    """Rows: pixels of strong, median and weak field; columns: Stokes I, Q, U, V, with the fits.

    The encoding's V is the best one's for B_los, its Q and U the best one's for B_Q and B_U.

    Args:
        run: the area's results.
        dataset: that is shown.
        fallback: method without a grid that is drawn beside the encoding.
    """
    run = run.on(dataset)
    pixels = _pixels(run)
    fields = _fields(run, fallback)
    fits = {
        name: stokes_fit(run.data, field, run.scheme, list(pixels.values())) for name, field in fields.items()
    }
    figure = new_figure(3.0 * len(pixels) + 0.5)
    parts = figure.subfigures(len(pixels), 1, squeeze=False)[:, 0]
    for index, (title, pixel) in enumerate(pixels.items()):
        row = parts[index].subplots(1, len(STOKES), sharex=True)
        _row(run, row, pixel, {name: fit.isel(pixel=index) for name, fit in fits.items()})
        text = f"{title} ({_position(run, pixel)}):  {_strengths(run, fields, pixel)}"
        parts[index].suptitle(text, x=0.01, ha="left", fontsize=10)
    handles, labels = row[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=max(1, len(handles)))
    return figure


def _pixels(run: Run) -> dict[str, tuple[int, int]]:
    """The usable pixels at some ranks of the pixel-wise field strength."""
    b_los, b_q, b_u = run.weak_field.optimum.values
    strength = np.hypot(b_los, transverse(b_q, b_u))
    usable = np.flatnonzero(run.data.usable.values)
    order = usable[np.argsort(strength.ravel()[usable])]
    places = {title: order[int(rank * (len(order) - 1))] for title, rank in RANKS.items()}
    return {title: tuple(map(int, np.unravel_index(flat, strength.shape))) for title, flat in places.items()}


def _fields(run: Run, fallback: str) -> dict[str, xr.DataArray]:
    """Name -> field (component, y, x); the best encoding's is made of the best for each component."""
    fields = {method_name(key.method): run.first_field(key) for key in run.without_grid((fallback,))}
    los, plane = run.best("b_los"), run.best("b_qu")
    if los is None or plane is None:
        return fields
    names = dict.fromkeys((place(los, run.regimes), place(plane, run.regimes)))
    title = "best: " + " for V, ".join(names) + (" for Q and U" if len(names) > 1 else "")
    parts = [
        run.first_field(los).sel(component=["b_los"]),
        run.first_field(plane).sel(component=["b_q", "b_u"]),
    ]
    return {**fields, title: xr.concat(parts, dim="component")}


def _position(run: Run, pixel: tuple[int, int]) -> str:
    y, x = (run.data[axis].values[index] for axis, index in zip(("y", "x"), pixel, strict=True))
    return f"y {y:.4g}, x {x:.4g} {run.data.y.attrs.get('units', 'pixel')}"


def _strengths(run: Run, fields: dict[str, xr.DataArray], pixel: tuple[int, int]) -> str:
    """B_los, B_T and azimuth of each field, and the truth where it is known."""
    values = (
        {"truth": [run.data[name].values[pixel] for name in TRUTH.values()]}
        if TRUTH["b_los"] in run.data
        else {}
    )
    for title, field in fields.items():
        found = propagate(field, run.weak_field.sigma)
        values[title.split(":")[0]] = [found[name].values[pixel] for name in TRUTH]
    listed = ";  ".join(
        f"{title} {b:.0f} G, {t:.0f} G, {angle:.0f}°" for title, (b, t, angle) in values.items()
    )
    return rf"$B_\mathrm{{los}}$, $B_\mathrm{{T}}$, azimuth: {listed}"


def _row(run: Run, row: np.ndarray, pixel: tuple[int, int], fits: dict[str, xr.DataArray]) -> None:
    offsets = run.data.wavelength.values
    for axes, name in zip(row, STOKES, strict=True):
        observed = run.data.stokes_profiles.sel(stokes=name).values[pixel]
        noise = float(run.data.noise.sel(stokes=name))
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
