"""The field to take home: each component by its recommended method, with its uncertainty and where it holds."""

import numpy as np
import xarray as xr

from fieldbench.errors import UserError
from fieldbench.inversion.report.choice import COMPONENTS, Choice, choose
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import SCORED, Study
from fieldbench.report.formatting import interval

QUANTITIES = {  # of each component
    "b_los": {"b_los": ("gauss", "magnetic field along the line of sight, positive towards the observer")},
    "b_qu": {
        "b_transverse": ("gauss", "magnetic field across the line of sight"),
        "azimuth": ("degree", "azimuth of the field across the line of sight, from +Q towards +U"),
    },
}
LIMITS = {
    "b_transverse_debiased": "likeliest magnetic field across the line of sight, given the noise",
    "b_transverse_lower": "lower limit of the 68 % interval of the magnetic field across the line of sight",
    "b_transverse_upper": "upper limit of the 68 % interval of the magnetic field across the line of sight",
}
CONVENTIONS = (
    "B_los is positive, towards the observer, where the blue lobe of V is.",
    "The azimuth is 0 along +Q and grows towards +U, from 0 to 180 degrees: a field and its opposite look the same.",
    "Q, U and V are those of the file; where flip or azimuth_zero changed their reference, a line here says so.",
    "The whole pixel is filled with field (filling factor 1).",
    "Uncertainties are 1 sigma (68 % intervals), calibrated at wavelengths that the field was inferred without.",
    "Noise makes B_T too large: b_transverse_debiased is its likeliest value (0 where noise alone is the likeliest cause), "
    "b_transverse_lower to b_transverse_upper its 68 % interval, whatever the truth (Feldman & Cousins 1998).",
    "Detected are pixels whose B_T^2 exceeds 3 sigma; elsewhere the azimuth says little, and b_transverse_upper is a limit.",
    "Pixels that are not usable are NaN; not valid are those beyond the range of the weak-field approximation.",
)


def recommended(study: Study) -> xr.Dataset:
    """The field of one data set, by the quickest of the methods that are best at wavelengths left out.

    Args:
        study: with the files of one data set; see `Study.on`.

    Returns:
        `b_los`, `b_transverse` (gauss), `azimuth` (degree, NaN like B_T where Q and U were not measured), the same with
        `_sigma`, the debiased B_T and the limits of its interval, `usable`, `valid` and `detected` (0 or 1), each (y, x), by
        the CF conventions. Attributes say which method each component is from (first seed), its misfit, why nothing is to be
        recommended after all (`Choice.unseen`), what was compared, and how long that took in seconds.

    Raises:
        UserError: no method finished.
    """
    choices = {name: choose(study, study.dataset, component) for name, component in COMPONENTS.items()}
    if choices["b_los"] is None:
        raise UserError(
            f"No method could be judged on {study.dataset}: none finished, as the page inversion.md says, or a component is "
            "inferred from a single wavelength; give it a scheme with more."
        )
    maps = {}
    for name, quantities in QUANTITIES.items():
        choice = choices[name] or choices["b_los"]  # without Q and U all is NaN, by any method
        estimate = study.estimate(choice.use)
        for quantity, (units, words) in quantities.items():
            sigma = f"{quantity}_sigma"
            maps[quantity] = _map(study, estimate[quantity], units, words, ancillary_variables=sigma)
            maps[sigma] = _map(study, estimate[sigma], units, f"1-sigma uncertainty of {words}")
    maps |= {name: _map(study, estimate[name], "gauss", words) for name, words in LIMITS.items()}
    flags = _flags(study, estimate["detected"].values)
    return xr.Dataset({**maps, **flags}, _coordinates(study.data), _attributes(study, choices))


def _map(study: Study, values: xr.DataArray, units: str, words: str, **attributes: str) -> xr.Variable:
    known = np.where(study.data.usable.values, values.values, np.nan).astype(np.float32)
    return xr.Variable(("y", "x"), known, {"units": units, "long_name": words, **attributes})


def _flags(study: Study, detected: np.ndarray) -> dict[str, xr.Variable]:
    usable = study.data.usable.values.astype(bool)
    flags = {
        "usable": (usable, "whether the pixel's profiles are usable"),
        "valid": (usable & study.weak_field.valid.values, "whether the weak-field approximation holds"),
        "detected": (
            usable & detected,
            "whether B_T squared exceeds three standard deviations of its error",
        ),
    }
    meaning = {"flag_values": np.array([0, 1], np.int8), "flag_meanings": "no yes"}
    return {
        name: xr.Variable(("y", "x"), values.astype(np.int8), {"long_name": words, **meaning})
        for name, (values, words) in flags.items()
    }


def _coordinates(data: xr.Dataset) -> dict[str, xr.Variable]:
    """y and x; CF knows no unit `pixel`."""
    made = {}
    for axis in ("y", "x"):
        unit = data[axis].attrs.get("units", "pixel")
        words = f"pixel along {axis}" if unit == "pixel" else f"position along {axis}"
        attributes = {"units": "1" if unit == "pixel" else unit, "long_name": words, "axis": axis.upper()}
        made[axis] = xr.Variable(axis, data[axis].values, attributes)
    return made


def _attributes(study: Study, choices: dict[str, Choice | None]) -> dict[str, str | float]:
    results, keys = study.results, study.results.select(study.dataset)
    runs = [study.results.by_seed(key, "train_seconds") for key in keys if results.has(key, "train_seconds")]
    scored = [key for key in keys if results.has(key, SCORED)]
    said = {}
    for name, choice in choices.items():
        said[f"method_{name}"] = place(study, choice.use) if choice else ""
        metric = COMPONENTS[name].misfit
        said[f"reduced_chi2_{name}"] = interval(results.estimate(choice.use, metric)) if choice else ""
        said[f"unseen_{name}"] = choice.unseen if choice else ""
    return {
        "Conventions": "CF-1.8",
        "title": f"Magnetic field of {study.data.attrs['title']}",
        **{name: study.data.attrs.get(name, "") for name in ("line", "source", "notes")},
        "warnings": study.weak_field.attrs.get("warnings", ""),
        "comment": "\n".join(CONVENTIONS),
        **said,
        "methods_compared": ", ".join(place(study, key) for key in scored),
        "training_seconds": float(sum(values.sum() for values in runs)),
    }
