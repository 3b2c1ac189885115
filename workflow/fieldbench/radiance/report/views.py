"""The PSNR of test views, view by view: what intervals are over where there is one seed."""

import numpy as np
import pandas as pd
import xarray as xr

from fieldbench.metrics.images import psnr
from fieldbench.report.tables import NAMES, Key

VIEW_COLUMNS = [*NAMES, "seed", "view", "psnr_db"]


def squared_error(views: xr.Dataset) -> np.ndarray:
    """(view, y, x): mean over channels of the squared error of `rendered` against `truth`, both uint8, peak 1."""
    rendered, truth = (
        views[name].transpose("view", "y", "x", "channel").values for name in ("rendered", "truth")
    )
    return (((rendered.astype(np.float32) - truth) / 255) ** 2).mean(-1)


def view_psnr(views: xr.Dataset) -> np.ndarray:
    """(view,), PSNR of every rendered view in dB."""
    return psnr(squared_error(views).mean((1, 2), dtype=float), 1.0)


class Views:
    """Look-up of the PSNR of every test view.

    Args:
        table: VIEW_COLUMNS.
    """

    def __init__(self, table: pd.DataFrame):
        each = table.assign(view="view " + table.view.astype(str))  # never to be taken for seeds
        means = each.groupby([*NAMES, "view"], sort=False).psnr_db.mean().reset_index()
        self._psnr = {Key(*names): rows.set_index("view").psnr_db for names, rows in means.groupby(NAMES)}

    def __contains__(self, key: Key) -> bool:
        return key in self._psnr

    def psnr(self, key: Key) -> pd.Series:
        """PSNR in dB by test view, the mean over seeds."""
        return self._psnr[key]
