"""NetCDF in and out."""

from collections.abc import Collection
from pathlib import Path

import xarray as xr

from fieldbench.errors import Unsuitable, UserError
from fieldbench.files import replacing

UNUSABLE = "unusable"  # attribute: why there are no data


def save_dataset(dataset: xr.Dataset, path: str | Path) -> None:
    """Write `dataset` as compressed NetCDF-4, atomically.

    Raises:
        UserError: see `replacing`.
    """
    encoding = {name: {"zlib": True, "complevel": 1} for name, values in dataset.items() if values.ndim}
    with replacing(path) as temporary:
        dataset.to_netcdf(temporary, engine="netcdf4", encoding=encoding)


def save_unusable(reason: str, path: str | Path) -> None:
    """Write a file that stands for data which cannot be had; `open_dataset` gives the reason to whoever needs them.

    So one bad data set costs its own rows, and no page.

    Raises:
        UserError: see `replacing`.
    """
    save_dataset(xr.Dataset(attrs={UNUSABLE: reason}), path)


def open_dataset(path: str | Path, leave_out: Collection[str] = (), **part: slice) -> xr.Dataset:
    """Read a NetCDF file into memory and close it.

    Args:
        leave_out: variables that are not read.
        part: of a dimension what is read; all where left out.

    Raises:
        UserError: the file is missing, truncated, or not NetCDF.
        Unsuitable: it stands for data that cannot be had.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f"{path} does not exist; run the rule that makes it again.")
    try:
        with xr.open_dataset(path, engine="netcdf4", drop_variables=list(leave_out)) as dataset:
            if UNUSABLE not in dataset.attrs:
                return dataset.isel(part).load()
            reason = dataset.attrs[UNUSABLE]
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{path} is damaged or not NetCDF ({error}); delete it and run again.") from error
    raise Unsuitable(reason)
