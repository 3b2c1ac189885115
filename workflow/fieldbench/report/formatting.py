"""Numbers and tables as a reader wants them in markdown."""

import math
import re
from collections.abc import Iterable, Sequence

from fieldbench.report.statistics import Comparison, Estimate

ABSENT = "–"


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
    """Mean ± standard deviation over seeds; the mean alone where there is no spread."""
    if not math.isfinite(estimate.spread) or estimate.spread == 0 or unit == "bytes":
        return number(estimate.mean, unit)
    if unit == "ic2":
        exponent = math.floor(math.log10(abs(estimate.mean))) if estimate.mean else 0
        mean, deviation = estimate.mean / 10**exponent, estimate.spread / 10**exponent
        return f"{mean:.3f}e{exponent:+03d} ± {deviation:.3f}e{exponent:+03d}"
    decimals = _shared_decimals(estimate.mean, estimate.spread, digits=4)
    return f"{estimate.mean:,.{decimals}f} ± {estimate.spread:,.{decimals}f}"


def _shared_decimals(mean: float, width: float, digits: int) -> int:
    """Decimals of a mean and its spread: two digits of the spread, but no more than `digits` of the mean."""
    return min(_decimals(width, 2), _decimals(mean, digits) if mean else 6)


def mean_interval(estimate: Estimate, unit: str = "") -> str:
    """The mean with its 95 % interval in brackets; the mean alone where it is exact or from one seed."""
    if not estimate.has_interval or estimate.spread == 0:
        return number(estimate.mean, unit)
    form = (
        ".3e" if unit == "ic2" else f",.{_shared_decimals(estimate.mean, estimate.high - estimate.mean, 5)}f"
    )
    return f"{estimate.mean:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"


def percent(change: Estimate) -> str:
    """A change in per cent with its 95 % interval, both signed."""
    if not math.isfinite(change.mean):
        return ABSENT
    decimals = 2 if abs(change.mean) < 1 else 1 if abs(change.mean) < 1000 else 0
    text = f"{change.mean:+,.{decimals}f} %"
    if change.has_interval and change.spread:
        text += f" [{change.low:+,.{decimals}f}, {change.high:+,.{decimals}f}]"
    return text


def factor(ratio: float) -> str:
    """A ratio as a multiple, to two digits."""
    return f"{ratio:,.{_decimals(ratio, 2)}f} ×" if math.isfinite(ratio) else ABSENT


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """A markdown table; the first `left` columns are text, the others are set to the right."""
    marks = [":---" if column < left else "---:" for column in range(len(headers))]
    lines = [headers, marks, *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def decibels(level: float) -> str:
    """A level in dB, to a tenth."""
    return f"{level:.1f}" if math.isfinite(level) else ABSENT


def interval_text(estimate: Estimate, form: str) -> str:
    """A mean with its interval, both in a format such as ".2f"."""
    if not math.isfinite(estimate.mean):
        return ABSENT
    text = f"{estimate.mean:{form}}"
    return f"{text} [{estimate.low:{form}}, {estimate.high:{form}}]" if estimate.has_interval else text


def level_text(level: Estimate) -> str:
    """A level in dB with its interval."""
    return interval_text(level, ".1f")


def gain_text(gain: Estimate) -> str:
    """A difference in dB with its interval, both signed."""
    return interval_text(gain, "+.2f")


def ratio_text(ratio: Estimate) -> str:
    """A ratio of sizes with its interval."""
    if not math.isfinite(ratio.mean):
        return ABSENT
    text = factor(ratio.mean)
    return f"{text} [{ratio.low:.2g}, {ratio.high:.2g}]" if ratio.has_interval and ratio.spread else text


def gain_verdict(found: Comparison | None) -> str:
    """The verdict and the difference in dB."""
    return f"{found.verdict}, {gain_text(found.difference.absolute)}" if found else ABSENT
