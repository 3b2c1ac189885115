"""The files that a step was given."""

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd
import xarray as xr

from fieldbench import io


class Given:
    """Files known by their place below the results folder, such as "tables/sparse.parquet"; no others are read.

    Args:
        root: the results folder.
        files: paths of files below it; others may stand among them.
    """

    def __init__(self, root: str | Path, files: Iterable[str | Path]):
        root = Path(root)
        paths = [Path(file) for file in files]
        self._paths = {str(path.relative_to(root)): path for path in paths if path.is_relative_to(root)}

    @classmethod
    def folder(cls, root: str | Path) -> "Given":
        """Everything in a results folder."""
        return cls(root, (path for path in Path(root).rglob("*") if path.is_file()))

    def __contains__(self, place: str) -> bool:
        return place in self._paths

    def path(self, place: str) -> Path:
        """Where a file lies.

        Raises:
            KeyError: it was not given.
        """
        return self._paths[place]

    def dataset(self, place: str, leave_out: Collection[str] = ()) -> xr.Dataset:
        """A NetCDF file, but for the variables that are left out.

        Raises:
            KeyError: it was not given.
            UserError: it is missing or damaged.
        """
        return io.open_dataset(self.path(place), leave_out)

    def table(self, place: str) -> pd.DataFrame:
        """A Parquet file.

        Raises:
            KeyError: it was not given.
        """
        return pd.read_parquet(self.path(place))

    def matching(self, pattern: str) -> list[str]:
        """The places that match a shell pattern, in which `*` goes beyond folders."""
        return [place for place in self._paths if fnmatchcase(place, pattern)]

    def seeds(self, folder: str, file: str) -> list[int]:
        """The seeds of a run's folder of which a file was given."""
        places = self.matching(f"{folder}/*/{file}")
        return sorted(
            int(place.split("/")[-2]) for place in places if place.count("/") == folder.count("/") + 2
        )
