"""PSNR against time and size of every task, and how the loss of its networks falls."""

from fieldbench.report.formatting import method_name
from fieldbench.report.plots import COSTS, MOST, Axis, Plot, against_costs, curve
from fieldbench.report.tables import Key
from fieldbench.sparse.figures.training import falling
from fieldbench.sparse.report.results import PSNR, Study


def plots(study: Study) -> list[Plot]:
    """Of every task."""
    return [
        plot
        for task in study.results.datasets
        for plot in (
            *against_costs(study, task, PSNR, ("field_seconds", *COSTS), study.compared(task)),
            *_curves(study, task),
        )
    ]


def _curves(study: Study, task: str) -> list[Plot]:
    """The loss of the best networks."""
    keys = [key for key in study.compared(task) if study.results.trained(key)]
    rows = [row for key in keys[:MOST] for row in _rows(study, key)]
    axes = {"x": Axis("Step"), "y": Axis("Loss over the blind floor (ratio)", log=True)}
    caption = "First seed. At 1 a network is as good as one that sees no observations."
    return [Plot(f"{task}: training loss", caption, **axes, rows=rows, curves=True)] if rows else []


def _rows(study: Study, key: Key) -> list[dict]:
    loss = falling(study, key)
    return curve(method_name(key.method), loss.steps, loss.ratios, setting=key.regime) if loss else []
