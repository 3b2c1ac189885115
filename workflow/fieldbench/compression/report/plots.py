"""Rate-distortion curves of every input, and what a file takes to write."""

from fieldbench.compression.report.rates import PSNR, RATE
from fieldbench.compression.report.results import Study
from fieldbench.report.metrics import heading
from fieldbench.report.plots import Axis, Plot, ends, rounded
from fieldbench.report.tables import Key

COSTS = ("encode_seconds", "decode_seconds", "parameter_count")
KINDS = {True: "learned", False: "standard"}


def plots(study: Study) -> list[Plot]:
    """Of every input the PSNR by rate, then by each cost."""
    made = [_by(study, dataset, cost) for dataset in study.results.datasets for cost in (RATE, *COSTS)]
    return [plot for plot in made if len(plot.rows) > 1]


def _by(study: Study, dataset: str, cost: str) -> Plot:
    keys = [
        key
        for codec in study.about["codecs"]
        for key in study.rates.points(dataset, codec)
        if study.results.has(key, PSNR, cost)
    ]
    title = "rate-distortion" if cost == RATE else f"PSNR against {heading(cost).lower()}"
    return Plot(
        title=f"{dataset}: {title}",
        caption="A point for each operating point; bars are 95 % intervals where there are three trainings.",
        x=Axis(heading(cost), log=True),
        y=Axis(heading(PSNR)),
        rows=[_row(study, key, cost) for key in keys],
        curves=cost == RATE,
    )


def _row(study: Study, key: Key, cost: str) -> dict:
    return {
        "series": key.method,
        "kind": KINDS[study.learned(key.method)],
        "x": rounded(study.results.estimate(key, cost).mean),
        **ends(study.results.estimate(key, PSNR)),
        "point": key.regime,
    }
