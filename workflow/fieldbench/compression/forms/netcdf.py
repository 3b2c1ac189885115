"""Variables of NetCDF files: their stored values, packed or not, and around them all that the file says about them.

What is missing follows the conventions (NetCDF Users Guide, Appendix A; CF 1.11, sections 2.5 and 8.1): fill and missing
values, the library's own fill, a valid range.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from fieldbench import files
from fieldbench import io as netcdf
from fieldbench.compression import samples
from fieldbench.compression.field import to_dataset
from fieldbench.compression.forms import _kept
from fieldbench.compression.forms._content import Content, check_size, of_arrays
from fieldbench.compression.limits import LIMIT
from fieldbench.compression.samples import Samples
from fieldbench.errors import UserError

# Attributes that name other variables (CF, appendix A), which stay with the one that has them.
NAMING = (
    "coordinates", "bounds", "climatology", "grid_mapping", "cell_measures", "formula_terms", "ancillary_variables",
)  # fmt: skip
BYTES = 8  # of the longest number
OPEN = (-np.inf, np.inf)  # a range without ends
SHOWN = 8  # names of variables in a message


def read(path: Path, names: Sequence[str], limit: int) -> Content:
    """Variables of one unit or several, on the same dimensions, with their coordinates and attributes.

    Args:
        names: of the variables, with their group as in "ocean/sst"; may be empty where there is one.

    Raises:
        UserError: no such variables, different dimensions, or more values than the limit.
    """
    with netCDF4.Dataset(path) as file:
        for option in (file.set_auto_maskandscale, file.set_auto_chartostring, file.set_always_mask):
            option(False)
        variables = {_path(variable): variable for variable in _all(file)}
        chosen = _chosen(path, variables, names)
        groups = _lineage(chosen[0].group())
        visible = [variable for group in groups for variable in group.variables.values()]
        kept = _beside(chosen, visible)
        check_size(path, sum(int(variable.size) for variable in {*kept, *chosen}), limit)
        around = [variable for variable in visible if variable in kept or variable in chosen]
        packed, size = _kept.pack(groups, around, chosen)
        parts = [_samples(variable) for variable in chosen]
        form = {
            "form": "netcdf",
            "variables": [[variable.group().path, variable.name] for variable in chosen],
            "packing": [[part.scale, part.offset] for part in parts],
            "around": size,
        }
        lost = [name for name, variable in variables.items() if variable not in around]
    notes = [f"not kept: the variables {_some(lost)}"] if lost else []
    return of_arrays(parts, path, form, {"around": packed}, notes)


def write(content: Content, path: Path) -> tuple[str, ...]:
    """The variables as they were, with all that was kept around them; other content as the variable `field`."""
    form = content.form
    if form.get("form") == "netcdf":
        names = [tuple(name) for name in form["variables"]]
        arrays = dict(zip(names, content.arrays(), strict=True))
        if form["around"] > BYTES * max(LIMIT, content.field.values.size):
            raise ValueError("more around the values than any encoder keeps")
        with files.replacing(path) as temporary:
            _kept.write(content.sections["around"], form["around"], arrays, str(temporary))
        return ()
    netcdf.save_dataset(_of_arrays(content.arrays()) if "parts" in form else to_dataset(content.field), path)
    return ()


def _of_arrays(arrays: Sequence[np.ndarray]) -> xr.Dataset:
    """The variable `field` of one array, or of several along a first axis."""
    values = arrays[0] if len(arrays) == 1 else np.stack(arrays)
    return xr.Dataset({"field": ([f"axis{number}" for number in range(values.ndim)], values)})


def _all(group: Any) -> Iterable[Any]:
    yield from group.variables.values()
    for inner in group.groups.values():
        yield from _all(inner)


def _path(variable: Any) -> str:
    return f"{variable.group().path}/{variable.name}".lstrip("/")


def _lineage(group: Any) -> list[Any]:
    """The group and those around it, the root first."""
    return [*(_lineage(group.parent) if group.parent is not None else []), group]


def _numeric(variable: Any) -> bool:
    """Whether a variable can be coded: an array of numbers that are neither one value nor names of an enumeration."""
    kind = variable.dtype.str[1:] if isinstance(variable.dtype, np.dtype) else ""
    return (
        kind in samples.TYPES
        and isinstance(variable.datatype, np.dtype)
        and variable.ndim > 0
        and variable.size > 1
    )


def _chosen(path: Path, variables: dict[str, Any], names: Sequence[str]) -> list[Any]:
    numeric = {name: variable for name, variable in variables.items() if _numeric(variable)}
    about = {name for variable in variables.values() for name in _named(variable)}
    fields = [
        name
        for name, variable in numeric.items()
        if variable.name not in about and variable.dimensions != (variable.name,)
    ]
    if not numeric:
        raise UserError(
            f"{path} has no variable to encode: none is an array of numbers; text and enumerations are not encoded."
        )
    names = list(names) or (fields if len(fields) == 1 else [])
    if not names or not set(names) <= set(numeric):
        raise UserError(
            f"{path} has the variables {_some(fields or list(numeric))}; choose by --variable NAME."
        )
    chosen = [numeric[name] for name in dict.fromkeys(names)]
    if any(_axes(variable) != _axes(chosen[0]) for variable in chosen):
        raise UserError(
            f"The variables {', '.join(names)} of {path} have different dimensions; encode them apart."
        )
    if chosen[0].ndim > samples.MOST_DIMENSIONS:
        raise UserError(f"{names[0]} of {path} has {chosen[0].ndim} dimensions; four are the most.")
    return chosen


def _axes(variable: Any) -> tuple[str, ...]:
    return (variable.group().path, *variable.dimensions)


def _named(variable: Any) -> set[str]:
    """Names in a variable's attributes that say where more about it stands."""
    texts = [str(variable.getncattr(name)) for name in NAMING if name in variable.ncattrs()]
    return {word.rstrip(":") for text in texts for word in text.split()}


def _beside(chosen: Sequence[Any], visible: Sequence[Any]) -> list[Any]:
    """Variables that stay with the chosen ones: coordinates, texts, lists, single values, and all that they name."""
    wanted, found = set().union(*map(_named, chosen)), list[Any]()
    axes, few = set(chosen[0].dimensions), min(chosen[0].ndim, 2)
    while True:
        more = [
            variable
            for variable in visible
            if variable not in chosen
            and variable not in found
            and _writable(variable)
            and (variable.name in wanted | axes or variable.ndim < few or not _numeric(variable))
        ]
        if not more:
            return found
        found += more
        wanted |= set().union(*map(_named, more))


def _writable(variable: Any) -> bool:
    """Whether a variable is of a type that can be written again: numbers or text."""
    return variable.dtype is str or (
        isinstance(variable.dtype, np.dtype)
        and variable.dtype.kind in "iufS"
        and isinstance(variable.datatype, np.dtype)
    )


def _samples(variable: Any) -> Samples:
    stored = variable.dtype.newbyteorder("=")
    unsigned = stored.kind == "i" and str(_attribute(variable, "_Unsigned")).lower() == "true"
    dtype = np.dtype(f"u{stored.itemsize}") if unsigned else stored
    values = np.ascontiguousarray(variable[...], stored).view(dtype)
    scale = _scalar(_attribute(variable, "scale_factor"), 1.0)
    offset = _scalar(_attribute(variable, "add_offset"), 0.0)
    known = samples.finite(values) & ~np.isin(values, _missing(variable, stored, dtype))
    low, high = _valid(variable, stored, dtype, scale, offset)
    with np.errstate(invalid="ignore"):
        known &= (values >= low) & (values <= high)
    return Samples(values, known, str(_attribute(variable, "units") or "1"), scale, offset)


def _attribute(variable: Any, name: str) -> Any:
    return variable.getncattr(name) if name in variable.ncattrs() else None


def _scalar(value: Any, usual: float) -> float:
    """A factor or offset as a number; the usual one where there is none that can be."""
    numbers = _numbers(value)
    return (
        float(numbers[0]) if numbers.size and np.isfinite(numbers[0]) and (numbers[0] or not usual) else usual
    )


def _numbers(value: Any) -> np.ndarray:
    """An attribute's numbers, which some programs write as text."""
    try:
        array = np.atleast_1d(np.asarray([] if value is None else value))
        return array.astype(np.float64) if array.dtype.kind in "UO" else array
    except ValueError:
        return np.zeros(0)


def _missing(variable: Any, stored: np.dtype, dtype: np.dtype) -> np.ndarray:
    """Stored values that stand for a missing one."""
    values = [
        _stored(_numbers(_attribute(variable, name)), stored, dtype)
        for name in ("_FillValue", "missing_value")
    ]
    if not values[0].size and stored.itemsize > 1:  # single bytes have no fill of the library's
        values.append(np.asarray([netCDF4.default_fillvals[stored.str[1:]]], stored).view(dtype))
    return np.concatenate(values)


def _stored(numbers: np.ndarray, stored: np.dtype, dtype: np.dtype) -> np.ndarray:
    """Numbers in the type of stored values, without those that it cannot hold."""
    if stored.kind == "f":
        with np.errstate(over="ignore"):
            return numbers.astype(stored)
    least, largest, bits = np.iinfo(stored).min, np.iinfo(dtype).max, 8 * dtype.itemsize
    finite = [number for number in numbers.tolist() if np.isfinite(number)]
    whole = [int(number) for number in finite if least <= number <= largest and number == int(number)]
    return np.array([number % 2**bits for number in whole], f"u{dtype.itemsize}").view(dtype)


def _valid(variable: Any, stored: np.dtype, dtype: np.dtype, scale: float, offset: float) -> list[Any]:
    """The ends of the valid range in stored values; a real range of packed whole numbers is one of measurements."""
    both = _numbers(_attribute(variable, "valid_range"))
    single = [_numbers(_attribute(variable, name)) for name in ("valid_min", "valid_max")]
    given = [both[:1], both[1:]] if both.size == 2 else single
    if stored.kind in "iu" and any(numbers.dtype.kind == "f" and numbers.size for numbers in given):
        ends = [
            float(numbers[0]) if numbers.size else usual for numbers, usual in zip(given, OPEN, strict=True)
        ]
        return sorted((end - offset) / scale for end in ends)
    found = [_stored(numbers, stored, dtype) for numbers in given]
    return [numbers[0] if numbers.size else usual for numbers, usual in zip(found, OPEN, strict=True)]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
