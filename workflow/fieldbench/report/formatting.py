"""Numbers and tables as a reader wants them in markdown."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fieldbench.report.statistics import Comparison, Estimate, Scale

ABSENT = "–"
LARGE = 300.0  # per cent from which on a change reads better as a multiple; of its interval's end, three times as much
MANY = 100  # times as many draws, beyond which a number says nothing
MARKUP = re.compile(r"[\\`*\[\]]|(?<!\w)_|_(?!\w)")  # what Markdown would take for more than a sign
PLURALS = {"time": "times"}


def method_name(method: str) -> str:
    """A method's key as it is printed: the documents write their versions with a capital V."""
    return re.sub(r"\bv(?=\d)", "V", method)


def number(value: float, unit: str = "") -> str:
    """One number, rounded for its unit: losses in scientific notation, counts in full, others to 4 digits."""
    if not math.isfinite(value):
        return ABSENT
    if unit == "ic2":
        return f"{value:.3e}"
    if unit == "bytes":
        return byte_size(value)
    if unit == "count" and value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.{_decimals(value, 4)}f}"


def _decimals(value: float, digits: int) -> int:
    """Decimals that show `digits` significant digits of `value`, at least none and at most six."""
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    return min(6, max(0, digits - 1 - magnitude))


def byte_size(value: float) -> str:
    """Bytes in decimal units, as the documents count them."""
    for name, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.0f} B"


def spread(estimate: Estimate, unit: str = "") -> str:
    """Mean ± standard deviation over seeds; the values themselves where they are fewer than three."""
    if len(estimate.values) > 1:
        return "; ".join(number(value, unit) for value in estimate.values)
    if not math.isfinite(estimate.spread) or estimate.spread == 0 or unit == "bytes":
        return number(estimate.mean, unit)
    if unit == "ic2":
        exponent = math.floor(math.log10(abs(estimate.mean))) if estimate.mean else 0
        mean, deviation = estimate.mean / 10**exponent, estimate.spread / 10**exponent
        return f"{mean:.3f}e{exponent:+03d} ± {deviation:.3f}e{exponent:+03d}"
    decimals = min(_decimals(estimate.spread, 2), _decimals(estimate.mean, 4) if estimate.mean else 6)
    return f"{estimate.mean:,.{decimals}f} ± {estimate.spread:,.{decimals}f}"


def interval(estimate: Estimate, sign: str = "", unit: str = "") -> str:
    """A mean with its interval in brackets, to the digits that this deserves; the values where they are fewer than three.

    Args:
        sign: "+" for changes.
        unit: of the numbers, as a metric's name states it.
    """
    if not math.isfinite(estimate.mean):
        return ABSENT
    if len(estimate.values) > 1:
        return "; ".join(number(value, unit) for value in estimate.values)
    if not estimate.has_interval or math.isclose(estimate.low, estimate.high, rel_tol=1e-6):
        return (
            f"{estimate.mean:{sign},.{_decimals(estimate.mean, 3)}f}" if sign else number(estimate.mean, unit)
        )
    numbers = (estimate.mean, estimate.low, estimate.high)
    if unit == "ic2":
        form = ".3e"
    elif unit == "bytes":
        return "{} [{}, {}]".format(*map(byte_size, numbers))
    else:
        form = f"{sign},.{_deserved(estimate)}f"
    mean, low, high = (f"{value:{form}}" for value in numbers)
    return f"{mean} [{low}, {high}]"


def _deserved(estimate: Estimate) -> int:
    """Decimals of an interval: two digits of its half width, and one of the end next to zero, so that its side is seen."""
    half = (estimate.high - estimate.low) / 2
    nearest = min(abs(estimate.low), abs(estimate.high))
    decimals = _decimals(half, 2)
    return max(decimals, min(_decimals(nearest, 1), decimals + 3)) if nearest else decimals


def change_text(comparison: Comparison | None, unit: str = "") -> str:
    """A change with its interval: in per cent, a large one as a multiple; or in the metric's unit."""
    if comparison is None or not math.isfinite(comparison.mean):
        return ABSENT
    if comparison.scale is Scale.DIFFERENCE:
        return f"{interval(comparison.difference, '+')} {unit}".strip()
    change = comparison.percent
    if change.mean > LARGE or change.high > 3 * LARGE:
        return f"{ratio_text(comparison.factor)}"
    text = interval(change, "+")
    return f"{text.split(' ')[0]} %{text[len(text.split(' ')[0]) :]}"


def verdict_text(comparison: Comparison | None, unit: str = "") -> str:
    """The verdict and the change with its interval; the change alone where none is known."""
    change = change_text(comparison, unit)
    return (
        f"{comparison.verdict}, {change}"
        if comparison and comparison.verdict and change != ABSENT
        else change
    )


def factor(ratio: float) -> str:
    """A ratio as a multiple, to two digits."""
    return f"{ratio:,.{_decimals(ratio, 2)}f} ×" if math.isfinite(ratio) else ABSENT


def plain(value: Any) -> Any:
    """Words of others, such as a title, as Markdown that shows them as they are; all texts in lists and mappings, too."""
    if isinstance(value, str):
        return MARKUP.sub(r"\\\g<0>", " ".join(value.split()))
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """A markdown table; the first `left` columns are text, the others are set to the right."""
    marks = [":---" if column < left else "---:" for column in range(len(headers))]
    lines = [headers, marks, *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def draws_needed(comparison: Comparison) -> str:
    """How many draws an undecided comparison would take, if the change were as it seems; empty where that says nothing."""
    times = comparison.times_as_many
    if not math.isfinite(times):
        return ""
    if times > MANY:
        return f"more than {MANY} times as many draws would decide"
    return f"about {times:.2g} times as many draws would decide"


def decibels(level: float) -> str:
    """A level in dB, to a tenth."""
    return f"{level:.1f}" if math.isfinite(level) else ABSENT


def ratio_text(ratio: Estimate) -> str:
    """A ratio of sizes as a multiple, with its interval."""
    if not math.isfinite(ratio.mean):
        return ABSENT
    text = factor(ratio.mean)
    if not ratio.has_interval or ratio.low == ratio.high:
        return text
    return f"{text} [{ratio.low:,.{_decimals(ratio.low, 2)}f}, {ratio.high:,.{_decimals(ratio.high, 2)}f}]"


def over_text(estimates: Iterable[Estimate]) -> str:
    """What intervals are over, in words: "3 seeds x 16 fields"; each kind once, with the largest number."""
    largest: dict[str, int] = {}
    for each in estimates:
        for draw, count in each.over:
            largest[draw] = max(count, largest.get(draw, 0))
    return " x ".join(f"{count} {PLURALS.get(draw, f'{draw}s')}" for draw, count in largest.items())
