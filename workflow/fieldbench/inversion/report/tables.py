"""The tables of the page on inverted magnetic fields."""

from collections.abc import Mapping, Sequence

from fieldbench.inversion.report.choice import COMPONENTS
from fieldbench.inversion.report.results import SCORED, Study
from fieldbench.report.formatting import (
    ABSENT,
    change_text,
    factor,
    method_name,
    number,
    over_text,
    table,
    verdict_text,
)
from fieldbench.report.metrics import heading, plain_heading
from fieldbench.report.parts import Columns, cell, key_table, metric_columns, name_cell
from fieldbench.report.statistics import Comparison
from fieldbench.report.tables import Key, Results

LOSSES = (SCORED, "excess_total_ic2")
TRUTH = ("b_los_rmse_gauss", "b_los_correlation", "b_transverse_rmse_gauss", "azimuth_median_error_degree")
COVERAGE = tuple(f"weak_{name}_coverage_fraction" for name in ("b_los", "b_transverse", "azimuth"))
UNDETECTED = (
    "undetected_fraction",
    "undetected_b_transverse_bias_gauss",
    "undetected_b_transverse_debiased_bias_gauss",
)
MISFITS = tuple(component.misfit for component in COMPONENTS.values())
MEMORY = (
    "parameter_count",
    "table_bytes",
    "plane_bytes",
    "network_count",
    "smoother_count",
    "predictor_count",
    "peak_memory_bytes",
)
PROGRESS = (
    "steps_to_1pct_b_los_count",
    "steps_to_1pct_b_qu_count",
    "loss_rise_b_los_fraction",
    "loss_rise_b_qu_fraction",
)


def versus(*references: Key) -> str:
    """Heading of a comparison."""
    return f"vs {', '.join(dict.fromkeys(method_name(key.method) for key in references))}"


def drawn_over(study: Study, dataset: str, regime: str) -> dict[str, str]:
    """Over what the intervals of a regime's tables are: of losses, and of misfits at wavelengths left out."""
    keys = study.rows(dataset, regime)
    asked = {"losses": SCORED, "misfits": MISFITS[0]}
    return {
        name: over_text(study.results.estimate(key, metric) for key in keys) or "one training"
        for name, metric in asked.items()
    }


def loss_table(study: Study, dataset: str, regime: str) -> str:
    """The documents' table (version, description, loss, time, key features) with spread, excess, verdicts."""
    results, methods = study.results, {**study.about["encoders"], **study.about["classical"]}
    keys, reference = study.rows(dataset, regime), study.reference(dataset, regime)
    columns = {metric: study.against(keys, reference, metric) for metric in (*LOSSES, "train_seconds")}
    headers = ["Version", "Description", "Key features"]
    for metric in LOSSES:
        headers += [heading(metric), f"{versus(reference)} [95 %]"]
    headers += ["Time (s)", versus(reference)]
    rows = [
        [
            name_cell(key) + _missing(results, key),
            *(methods.get(key.method, {}).get(word, "") for word in ("description", "key_features")),
            *_loss_cells(results, columns, key),
        ]
        for key in keys
    ]
    return table(headers, rows, left=3)


def _missing(results: Results, key: Key) -> str:
    """How many seeds are missing of a method that has others."""
    lost = results.lost(key)
    return f" ({lost} missing)" if lost and results.has(key, SCORED) else ""


def _loss_cells(results: Results, columns: Mapping[str, Mapping[Key, Comparison]], key: Key) -> list[str]:
    """Loss, excess and time with their changes; the reason of a run that has none."""
    if not results.has(key, SCORED):
        return [results.failed(key) or "not measured", *[ABSENT] * 5]
    pairs = [(cell(results, key, metric), verdict_text(columns[metric].get(key))) for metric in LOSSES]
    time = columns["train_seconds"].get(key)
    slower = f"{time.percent.mean:+,.0f} %" if time else ABSENT
    return [*(text for pair in pairs for text in pair), cell(results, key, "train_seconds"), slower]


def quality_table(study: Study, dataset: str, regime: str) -> str:
    """Misfit at wavelengths left out with verdicts, error against the true field, coverage of the intervals."""
    results, keys = study.results, study.rows(dataset, regime)
    reference = study.reference(dataset, regime)
    columns = {metric: study.against(keys, reference, metric) for metric in MISFITS}
    truth = results.measured(keys, TRUTH)
    headers = ["Version"]
    for component in COMPONENTS.values():
        headers += [f"χ² at wavelengths left out, {component.label}", f"{versus(reference)} [95 %]"]
    headers += [heading(metric) for metric in truth]
    headers += ["Truth within the interval, below 500 G: B_los / B_T / azimuth (ideal 68 %)"] if truth else []

    def row(key: Key) -> list[str]:
        cells = [name_cell(key)]
        for metric in MISFITS:
            cells += [cell(results, key, metric), verdict_text(columns[metric].get(key))]
        cells += [cell(results, key, metric) for metric in truth]
        return cells + ([_coverage(results, key)] if truth else [])

    return table(headers, [row(key) for key in keys])


def _coverage(results: Results, key: Key) -> str:
    if not results.measured([key], COVERAGE):
        return ABSENT
    shares = [results.estimate(key, metric).mean for metric in COVERAGE]
    return " / ".join(ABSENT if share != share else f"{share:.0%}" for share in shares)


def valid_table(study: Study, dataset: str, regime: str) -> str:
    """Errors over the pixels within the weak-field range; empty where all pixels are, or without a truth."""
    keys = study.rows(dataset, regime)
    beyond = any(study.results.estimate(key, "invalid_fraction").mean > 0 for key in keys)
    return _table_of(study, keys, [f"valid_{metric}" for metric in TRUTH]) if beyond else ""


def filling_table(study: Study, dataset: str, regime: str) -> str:
    """How holes are filled: misfits, and errors against the truth, at the pixels that were held out."""
    metrics = [component.filled for component in COMPONENTS.values()]
    return _table_of(
        study, study.rows(dataset, regime), [*metrics, *(f"filled_{metric}" for metric in TRUTH)]
    )


def detection_table(study: Study, dataset: str, regime: str) -> str:
    """Where B_T is lost in the noise, and its mean error there; empty without Q and U."""
    return _table_of(study, study.rows(dataset, regime), UNDETECTED)


def _table_of(study: Study, keys: Sequence[Key], metrics: Sequence[str]) -> str:
    measured = study.results.measured(keys, metrics)
    columns = {"Version": name_cell, **metric_columns(study.results, measured)}
    return key_table(keys, columns) if measured else ""


def memory_table(study: Study, dataset: str) -> str:
    """Parameters and bytes of every trained method."""
    results = study.results
    keys = [key for key in _trained(study, dataset) if results.has(key, "parameter_count")]
    columns = metric_columns(results, MEMORY, title=plain_heading)
    return key_table(keys, {**_names(), **columns}, left=2)


def _trained(study: Study, dataset: str) -> list[Key]:
    return [key for key in study.results.select(dataset) if study.results.trained(key)]


def _names() -> Columns:
    return {"Regime": lambda key: key.regime, "Version": name_cell}


def training_table(study: Study, dataset: str) -> str:
    """How training went: steps to 1 % of the final excess, share of rising steps, time per step."""
    results, keys = study.results, _trained(study, dataset)
    columns = {**_names(), **metric_columns(results, PROGRESS)}
    columns["Step while training (ms)"] = lambda key: _milliseconds(results, key, "step_seconds")
    timed = [key for key in keys if results.has(key, "fast_step_seconds")]
    if timed:
        references = [study.reference(dataset, key.regime) for key in timed]
        columns |= {
            "Step, fast form (ms)": lambda key: _milliseconds(results, key, "fast_step_seconds"),
            "Step, published algorithm (ms)": lambda key: _milliseconds(results, key, "plain_step_seconds"),
            "Published / fast": lambda key: _speedup(results, key),
            f"Published algorithm {versus(*references)} [95 %]": lambda key: _plain_change(study, key),
        }
    return key_table(keys, columns, left=2)


def _milliseconds(results: Results, key: Key, metric: str) -> str:
    return number(1000 * results.estimate(key, metric).mean)


def _speedup(results: Results, key: Key) -> str:
    plain, fast = (results.estimate(key, f"{form}_step_seconds").mean for form in ("plain", "fast"))
    return factor(plain / fast)


def _plain_change(study: Study, key: Key) -> str:
    """How much longer a step of the published algorithm takes than that of the reference."""
    reference = study.reference(key.dataset, key.regime)
    return change_text(study.against([key], reference, "plain_step_seconds").get(key))


def sweep_table(study: Study, dataset: str) -> str:
    """One encoder over resolutions, the lowest misfits marked; empty without a sweep."""
    results, keys = study.results, study.sweep(dataset)
    if len(keys) < 2:
        return ""
    lowest = {metric: _lowest(results, dataset, metric, keys) for metric in MISFITS}

    def text(results: Results, key: Key, metric: str) -> str:
        value = cell(results, key, metric)
        return f"**{value}**" if lowest.get(metric) == key else value

    columns: Columns = {
        "Grid points per axis": lambda key: str(study.resolution(key)),
        **metric_columns(results, results.measured(keys, (*MISFITS, *TRUTH, SCORED)), text=text),
        "Parameters": lambda key: cell(results, key, "parameter_count"),
    }
    return key_table(keys, columns, left=0)


def _lowest(results: Results, dataset: str, metric: str, keys: Sequence[Key]) -> Key | None:
    return next((key for key in results.ranking(dataset, metric) if key in keys), None)
