"""Every metric that a report shows: those of all areas, and those that each area adds in its `report/metrics.py`."""

from fieldbench import registry
from fieldbench.record import unit
from fieldbench.report.metric import Metric
from fieldbench.report.statistics import Scale

UNIT_TEXT = {
    "ic2": "I_c²",
    "gauss": "G",
    "degree": "°",
    "chi2": "reduced χ²",
    "db": "dB",
    "data": "unit of the data",
    "bytes": "bytes",
    "seconds": "s",
    "correlation": "",
    "fraction": "",
    "count": "",
    "ratio": "",
    "bpp": "bit per pixel",
    "score": "",
}
DIFFERENCES = ("db", "fraction", "correlation", "score")  # units of what is compared by differences
DATA_UNIT_TEXT = {"1": "", "degC": "°C", "m s-1": "m/s", "m s**-1": "m/s"}

METRICS: dict[str, Metric] = {
    "parameter_count": Metric("Parameters", exact=True),
    "peak_memory_bytes": Metric("Peak memory"),
    "train_seconds": Metric("Training time"),
    "step_seconds": Metric("Time per step while training"),
    "psnr_db": Metric("PSNR", lower_is_better=False),
    "ssim_score": Metric("SSIM", lower_is_better=False),
}
for _area in registry.areas():
    METRICS |= registry.part(_area, "report.metrics").METRICS


def scale(metric: str) -> Scale:
    """On what a metric is compared: decibels, shares and scores by differences, positive quantities by ratios."""
    return Scale.DIFFERENCE if unit(metric) in DIFFERENCES else Scale.RATIO


def data_unit(name: str) -> str:
    """The unit that a data set states, as a reader wants it; empty for pure numbers."""
    return DATA_UNIT_TEXT.get(name, name)


def heading(metric: str, of_data: str | None = None) -> str:
    """Column heading of a metric, with its unit.

    Args:
        metric: key of METRICS.
        of_data: the unit that the data set states, where it is known.
    """
    kind = unit(metric)
    text = data_unit(of_data) if kind == "data" and of_data is not None else UNIT_TEXT[kind]
    return f"{METRICS[metric].label} ({text})" if text else METRICS[metric].label


def plain_heading(metric: str) -> str:
    """The same for cells that name the unit of a size themselves."""
    return METRICS[metric].label if unit(metric) == "bytes" else heading(metric)
