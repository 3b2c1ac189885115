"""Sources of data; one file per source, each with `load(**params) -> xarray.Dataset`."""
