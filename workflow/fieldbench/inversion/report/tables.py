"""The tables of a benchmark page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fieldbench.inversion.report.choice import COMPONENTS
from fieldbench.inversion.report.recommendation import Regimes
from fieldbench.report.formatting import ABSENT, factor, method_name, number, percent, table
from fieldbench.report.metrics import UNIT_TEXT, heading
from fieldbench.report.parts import cell
from fieldbench.report.statistics import Comparison, paired_difference
from fieldbench.report.tables import Key, Results

LOSSES = ("loss_total_ic2", "excess_total_ic2")
TRUTH = ("b_los_rmse_gauss", "b_los_correlation", "b_transverse_rmse_gauss", "azimuth_median_error_degree")
COVERAGE = ("b_los_coverage_fraction", "b_transverse_coverage_fraction", "azimuth_coverage_fraction")
MISFITS = tuple(component.misfit for component in COMPONENTS.values())


def compared_regimes(results: Results, dataset: str, regimes: Regimes) -> list[str]:
    """Regimes of a data set in which more than one method has the same grid budget."""
    return [name for name, grid in regimes.items() if grid and len(results.select(dataset, [name])) > 1]


def rows_of(results: Results, dataset: str, regime: str, regimes: Regimes) -> list[Key]:
    """The methods of a regime, then those without a grid, which belong into every comparison."""
    without_grid = [name for name, grid in regimes.items() if not grid]
    return [*results.select(dataset, [regime]), *results.select(dataset, without_grid)]


def against(found: Mapping[tuple[Key, str], Comparison], key: Key, metric: str) -> str:
    """The verdict and the change in per cent."""
    comparison = found.get((key, metric))
    return f"{comparison.verdict}, {percent(comparison.difference.percent)}" if comparison else ABSENT


def _label(key: Key) -> str:
    return f"**{method_name(key.method)}**"


def _missing(results: Results, key: Key) -> str:
    """How many seeds are missing of a method that has others."""
    lost = results.lost(key)
    return f" ({lost} missing)" if lost and results.has(key, "loss_total_ic2") else ""


def loss_table(results: Results, dataset: str, regime: str, config: Mapping[str, Any]) -> str:
    """The documents' table (version, description, loss, time, key features) with spread, excess, verdicts."""
    methods = {**config["encoders"], **config["classical"]}
    keys = rows_of(results, dataset, regime, config["regimes"])
    baseline = Key(dataset, regime, config["references"][regime])
    found = results.compare(keys, baseline, LOSSES) | results.compare(keys, baseline, ["train_seconds"])
    against_it = f"vs {method_name(baseline.method)}"
    change = f"{against_it} [95 %]"
    headers = ["Version", "Description", "Key features"]
    headers += [heading(LOSSES[0]), change, heading(LOSSES[1]), change, "Time (s)", against_it]
    rows = [
        [
            _label(key) + _missing(results, key),
            *(methods.get(key.method, {}).get(word, "") for word in ("description", "key_features")),
            *_loss_cells(results, found, key),
        ]
        for key in keys
    ]
    return table(headers, rows, left=3)


def _loss_cells(results: Results, found: Mapping[tuple[Key, str], Comparison], key: Key) -> list[str]:
    """Loss, excess and time with their changes; the reason of a run that has none."""
    if not results.has(key, LOSSES[0]):
        return [results.failed(key) or "not measured", *[ABSENT] * 5]
    cells = [text for metric in LOSSES for text in (cell(results, key, metric), against(found, key, metric))]
    time = found.get((key, "train_seconds"))
    slower = f"{time.difference.percent.mean:+,.0f} %" if time else ABSENT
    return [*cells, cell(results, key, "train_seconds"), slower]


def quality_table(results: Results, dataset: str, regime: str, config: Mapping[str, Any]) -> str:
    """Held-out misfit with verdicts, error against the true field, coverage of the 1-sigma uncertainties."""
    keys = rows_of(results, dataset, regime, config["regimes"])
    baseline = Key(dataset, regime, config["references"][regime])
    found = results.compare(keys, baseline, MISFITS)
    truth = [metric for metric in TRUTH if any(results.has(key, metric) for key in keys)]
    headers = ["Version"]
    for component in COMPONENTS.values():
        headers += [f"Held-out χ², {component.label}", f"vs {method_name(baseline.method)} [95 %]"]
    headers += [heading(metric) for metric in truth]
    headers += ["Within 1 σ of the truth: B_los / B_T / azimuth (ideal 68 %)"] if truth else []

    def row(key: Key) -> list[str]:
        cells = [_label(key)]
        for metric in MISFITS:
            cells += [cell(results, key, metric), against(found, key, metric)]
        cells += [cell(results, key, metric) for metric in truth]
        return cells + ([_coverage(results, key)] if truth else [])

    return table(headers, [row(key) for key in keys])


def valid_table(results: Results, dataset: str, regime: str, regimes: Regimes) -> str:
    """Errors over the pixels within the weak-field range; empty where all pixels are, or without a truth."""
    keys = rows_of(results, dataset, regime, regimes)
    beyond = any(results.estimate(key, "invalid_fraction").mean > 0 for key in keys)
    shown = [
        f"valid_{metric}" for metric in TRUTH if any(results.has(key, f"valid_{metric}") for key in keys)
    ]
    columns = {"Version": _label}
    columns |= {heading(metric): lambda key, metric=metric: cell(results, key, metric) for metric in shown}
    return _metric_table(results, keys, columns, left=1) if beyond and shown else ""


def _coverage(results: Results, key: Key) -> str:
    if not any(results.has(key, metric) for metric in COVERAGE):
        return ABSENT
    shares = [results.estimate(key, metric).mean for metric in COVERAGE]
    return " / ".join(ABSENT if share != share else f"{share:.0%}" for share in shares)


def _metric_table(
    results: Results, keys: Sequence[Key], columns: Mapping[str, Callable[[Key], str]], left: int
) -> str:
    return table(list(columns), [[text(key) for text in columns.values()] for key in keys], left=left)


def memory_table(results: Results, dataset: str) -> str:
    """Parameters and bytes of every trained method."""
    metrics = (
        "parameter_count",
        "table_bytes",
        "plane_bytes",
        "network_count",
        "smoother_count",
        "predictor_count",
        "peak_memory_bytes",
    )
    keys = [
        key for key in results.select(dataset) if results.has(key, "parameter_count") and results.trained(key)
    ]
    columns = {"Regime": lambda key: key.regime, "Version": _label}
    columns |= {_plain(metric): lambda key, metric=metric: cell(results, key, metric) for metric in metrics}
    return _metric_table(results, keys, columns, left=2)


def _plain(metric: str) -> str:
    """Heading of a metric whose cells name their own unit."""
    return heading(metric).removesuffix(f" ({UNIT_TEXT['bytes']})")


def training_table(results: Results, dataset: str, references: Mapping[str, str]) -> str:
    """How training went: steps to 1 % of the final excess, share of rising steps, time per step."""
    metrics = (
        "steps_to_1pct_b_los_count",
        "steps_to_1pct_b_qu_count",
        "loss_rise_b_los_fraction",
        "loss_rise_b_qu_fraction",
    )
    keys = [key for key in results.select(dataset) if results.trained(key)]
    columns = {"Regime": lambda key: key.regime, "Version": _label}
    columns |= {heading(metric): lambda key, metric=metric: cell(results, key, metric) for metric in metrics}
    columns["Step while training (ms)"] = lambda key: _milliseconds(results, key, "step_seconds")
    timed = [key for key in keys if results.has(key, "fast_step_seconds")]
    names = ", ".join(dict.fromkeys(method_name(references[key.regime]) for key in timed))
    if timed:
        columns |= {
            "Step, fast form (ms)": lambda key: _milliseconds(results, key, "fast_step_seconds"),
            "Step, published algorithm (ms)": lambda key: _milliseconds(results, key, "plain_step_seconds"),
            "Published / fast": lambda key: _speedup(results, key),
            f"Published algorithm vs {names} [95 %]": lambda key: _plain_change(results, key, references),
        }
    return _metric_table(results, keys, columns, left=2)


def _milliseconds(results: Results, key: Key, metric: str) -> str:
    return number(1000 * results.estimate(key, metric).mean)


def _speedup(results: Results, key: Key) -> str:
    return factor(
        results.estimate(key, "plain_step_seconds").mean / results.estimate(key, "fast_step_seconds").mean
    )


def _plain_change(results: Results, key: Key, references: Mapping[str, str]) -> str:
    metric, baseline = "plain_step_seconds", key._replace(method=references[key.regime])
    if key == baseline or not (results.has(key, metric) and results.has(baseline, metric)):
        return ABSENT
    return percent(paired_difference(results.draws(key, metric), results.draws(baseline, metric)).percent)


def sweep_table(results: Results, dataset: str, config: Mapping[str, Any]) -> str:
    """One encoder over resolutions, the lowest held-out misfits marked; empty without a sweep."""
    sweep, regimes = config["sweep"], config["regimes"]
    keys = [key for key in results.select(dataset, sweep["regimes"]) if key.method == sweep["encoder"]]
    keys = sorted(keys, key=lambda key: regimes[key.regime]["max_resolution"])
    if len(keys) < 2:
        return ""
    chosen = {metric: _lowest(results, dataset, metric, keys) for metric in MISFITS}
    shown = [
        metric
        for metric in (*MISFITS, *TRUTH, "loss_total_ic2")
        if any(results.has(key, metric) for key in keys)
    ]

    def text(key: Key, metric: str) -> str:
        found = cell(results, key, metric)
        return f"**{found}**" if chosen.get(metric) == key else found

    columns = {"Grid points per axis": lambda key: str(regimes[key.regime]["max_resolution"])}
    columns |= {heading(metric): lambda key, metric=metric: text(key, metric) for metric in shown}
    columns["Parameters"] = lambda key: cell(results, key, "parameter_count")
    return _metric_table(results, keys, columns, left=0)


def _lowest(results: Results, dataset: str, metric: str, keys: Sequence[Key]) -> Key | None:
    return next((key for key in results.ranking(dataset, metric) if key in keys), None)
