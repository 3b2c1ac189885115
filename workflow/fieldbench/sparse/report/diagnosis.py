"""What ails a network that rebuilds fields: the fault that what `sparse.diagnostics` measured speaks for."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from fieldbench.report.formatting import decibels, factor
from fieldbench.report.parts import key_table, name_cell
from fieldbench.report.tables import Key, Results

PREFIX = "diagnosed_"
# Not recorded, since not finite; one field has neither another one nor a mean of its own.
WITHOUT = {"swap_drop_db": float("nan"), "climatology_db": float("nan"), "clamp_cap_db": float("inf")}
BLIND_DB = 0.5  # who loses less by an independent field's observations, and is no more above the mean field, uses none
FLAT = 0.3  # predictions that vary less than this share of the truth are a mean
SHIFT_DB = 3.0  # between points that were trained and others
NEAR_CAP_DB = 3.0
ALIASED = 0.25  # share of frequencies beyond Nyquist
LEARNED_DB = 6.0  # over the mean, that something was learned


def measures_of(results: Results, key: Key) -> dict[str, float] | None:
    """The means over seeds of all that `fault_of` needs; None for a run that was not diagnosed."""
    if not results.has(key, f"{PREFIX}psnr_db"):
        return None
    metrics = [metric for metric in results.metrics(key) if metric.startswith(PREFIX)]
    named = {metric.removeprefix(PREFIX): float(results.by_seed(key, metric).mean()) for metric in metrics}
    return {**WITHOUT, **named}


def fault_of(measures: Mapping[str, float]) -> tuple[str, str]:
    """What is wrong, and a sentence that says how one sees it."""
    m = measures
    if m["trained_db"] - m["untrained_db"] > SHIFT_DB:
        return "query shift", (
            f"{m['trained_db']:.1f} dB at the points that the loss was taken at, {m['untrained_db']:.1f} dB elsewhere: "
            "draw the queries from the whole field."
        )
    if m["swap_drop_db"] < BLIND_DB and m["psnr_db"] < m["climatology_db"] + BLIND_DB:
        told = (
            f"An independent field's observations cost {m['swap_drop_db']:.1f} dB, and the training fields' mean alone "
            f"has {m['climatology_db']:.1f} dB"
        )
        if m["variation_fraction"] < FLAT:
            return "predicts the mean", (
                f"{told}, and predictions vary {m['variation_fraction']:.0%} as much as fields: "
                f"{m['psnr_db']:.1f} dB, the constant mean has {m['constant_mean_db']:.1f} dB."
            )
        return "ignores its observations", (
            f"{told}: {m['psnr_db']:.1f} dB, an independent draw has {m['independent_draw_db']:.1f} dB."
        )
    if m["psnr_db"] > m["clamp_cap_db"] - NEAR_CAP_DB:
        return (
            "clamped truth",
            f"The truth itself, clamped like the predictions, has only {m['clamp_cap_db']:.1f} dB.",
        )
    if m["psnr_db"] < m["constant_mean_db"] + LEARNED_DB:
        if m["aliased_fraction"] > ALIASED:
            return "aliased coordinates", (
                f"{m['aliased_fraction']:.0%} of the positions' frequencies lie beyond the grid's Nyquist frequency."
            )
        return "underfit", (
            f"Observations are used, yet {m['psnr_db']:.1f} dB is within {LEARNED_DB:g} dB of the constant mean's "
            f"{m['constant_mean_db']:.1f}: train longer or with a larger network."
        )
    return "healthy", f"{m['psnr_db']:.1f} dB, and none of the known faults."


def diagnosis_table(results: Results, task: str, groups: Collection[str]) -> str:
    """What ails every network of some groups: numbers, fault and how one sees it; empty without runs."""
    keys = results.select(task, groups)
    measured = {key: measures for key in keys if (measures := measures_of(results, key))}

    def level(name: str) -> Callable[[Key], str]:
        return lambda key: decibels(measured[key][name])

    columns = {
        "Method": name_cell,
        "Group": lambda key: key.regime,
        "PSNR (dB)": level("psnr_db"),
        "An independent field's observations cost (dB)": level("swap_drop_db"),
        "Above the mean field (dB)": lambda key: decibels(
            measured[key]["psnr_db"] - measured[key]["climatology_db"]
        ),
        "Loss over the blind floor": lambda key: factor(measured[key]["loss_over_blind_ratio"]),
        "PSNR at trained points (dB)": level("trained_db"),
        "Elsewhere (dB)": level("untrained_db"),
        "Verdict": lambda key: f"**{fault_of(measured[key])[0]}**",
        "Why": lambda key: fault_of(measured[key])[1],
    }
    return key_table(measured, columns, left=2)


def counts(results: Results, keys: Sequence[Key]) -> str:
    """How many networks have which fault; empty where none was diagnosed."""
    faults = Counter(fault_of(measures)[0] for key in keys if (measures := measures_of(results, key)))
    return ", ".join(f"{count} × {fault}" for fault, count in faults.most_common())
