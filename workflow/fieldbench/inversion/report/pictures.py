"""Maps of the field: the truth, and what the best methods of either kind infer."""

import numpy as np
import xarray as xr

from fieldbench.inversion.figures._look import QUANTITIES, Quantity, is_slit
from fieldbench.inversion.report.choice import COMPONENTS, best, choose
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import SCORED, Study
from fieldbench.physics.weak_field import propagate
from fieldbench.report.pictures import MOST, Gallery, coloured, scale
from fieldbench.report.tables import Key

LABELS = {"b_los": "B_los", "b_transverse": "B_T", "azimuth": "Azimuth"}
NAMES = {
    "b_los": "b-los",
    "b_transverse": "b-qu",
    "azimuth": "azimuth",
}  # a card shows the first of its component


def galleries(study: Study) -> list[Gallery]:
    """A gallery for each quantity of each data set that is a map; a slit is none."""
    maps = [name for name in study.results.datasets if not is_slit(study.on(name).data)]
    return [gallery for name in maps for gallery in _of_dataset(study.on(name))]


def _of_dataset(study: Study) -> list[Gallery]:
    keys = {name: _chosen(study, name) for name in COMPONENTS}
    fields = {key: _field(study, key) for key in dict.fromkeys(key for own in keys.values() for key in own)}
    return [
        _gallery(study, quantity, {place(study, key): fields[key] for key in keys[quantity.component]})
        for quantity in QUANTITIES
        if keys[quantity.component]
    ]


def _chosen(study: Study, component: str) -> list[Key]:
    """The recommended method, the best of either kind, then the others in rank order."""
    choice = choose(study, study.dataset, COMPONENTS[component])
    if choice is None:
        return []
    metric = choice.component.misfit
    sides = [best(study.results, study.dataset, metric, trained) for trained in (True, False)]
    keys = [choice.use, *filter(None, sides), *study.results.ranking(study.dataset, metric)]
    return [key for key in dict.fromkeys(keys) if study.results.has(key, SCORED)][:MOST]


def _field(study: Study, key: Key) -> xr.Dataset:
    return propagate(study.field(key), study.weak_field.sigma)


def _gallery(study: Study, quantity: Quantity, fields: dict[str, xr.Dataset]) -> Gallery:
    usable = study.data.usable.values.astype(bool)
    truth = quantity.truth(study.data)
    maps = {} if truth is None else {"truth": truth}
    maps |= {label: field[quantity.name].values for label, field in fields.items()}
    maps = {label: np.where(usable, values, np.nan) for label, values in maps.items()}
    norm = quantity.norm(next(iter(maps.values())))
    return Gallery(
        name=f"{study.dataset}-{NAMES[quantity.name]}",
        title=f"{study.dataset}: {LABELS[quantity.name]}",
        pictures={label: coloured(values, quantity.cmap, norm) for label, values in maps.items()},
        shown=(next(iter(maps)), next(iter(fields))),
        scale=scale(quantity.cmap, norm, quantity.unit),
    )
