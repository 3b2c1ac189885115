"""A two-dimensional field of your own, in a NetCDF file."""

from collections.abc import Mapping, Sequence

import xarray as xr

from fieldbench.datasets import _gaps, _netcdf, _samples
from fieldbench.datasets._files import own_file, own_provenance
from fieldbench.errors import UserError
from fieldbench.values import Count, Crop


def load(
    *,
    path: str,
    variable: str,
    data_root: str | None,
    download: bool,
    select: Mapping[str, int] | None = None,
    units: str | None = None,
    missing: Sequence[float] | None = None,
    reduce: Count = 1,
    crop: Crop | None = None,
) -> xr.Dataset:
    """One variable at one place along all but its last two dimensions; NaN and fill values are unknown.

    Args:
        path: NetCDF file.
        variable: its name.
        data_root: folder that `path` may be relative to.
        download: not used.
        select: dimension -> index from 0, for all dimensions but two; the two that stay are y and x, in the file's order.
        units: of the values, where the variable has no attribute `units`.
        missing: values that stand for missing without the file saying so, such as [-999]. Left out, values that look
            like it are refused; [] takes them as they are.
        reduce, crop: see `_samples.arranged`.

    Returns:
        the data set described in `datasets._samples.finished`, with one channel.

    Raises:
        UserError: file, variable, dimension or units missing, values that look as if they stood for missing, or an
            argument out of range.
    """
    file = own_file(path, data_root)
    name = f"'{variable}' of {file.name}"
    content = _netcdf.read(file, variable)
    if not (units := units or content.attrs.get("units")):
        raise UserError(f"{name} has no attribute `units`; set `units` of the data set.")
    field = _samples.plane(content, variable, select or {}, name)
    known = _gaps.without(field.values, missing or [])
    if missing is None:
        _gaps.ask_about(known, name)
    return _samples.variable(
        field.copy(data=known), units=units, reduce=reduce, crop=crop, title=name, **own_provenance(file)
    )
