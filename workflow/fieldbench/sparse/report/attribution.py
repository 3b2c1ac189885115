"""Where the decibels are: what each factor is worth when it alone is put right, or left wrong, paired over test fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldbench.report.formatting import decibels, gain_text, gain_verdict, table
from fieldbench.report.statistics import Comparison
from fieldbench.sparse.report.results import Study, designed

PUT_RIGHT = "put right alone"
LEFT_WRONG = "left wrong alone"
ENDS = (PUT_RIGHT, LEFT_WRONG)


@dataclass(frozen=True)
class Worth:
    """What one factor is worth, in dB.

    Attributes:
        name: of the factor.
        meaning: what is right about it.
        gains: by ENDS, as far as they were measured: what it brings when it alone is put right in the document's method,
            and what it costs when it alone is left wrong in a method that is otherwise right.
    """

    name: str
    meaning: str
    gains: Mapping[str, Comparison]

    def gain(self, end: str) -> float:
        """The mean, in dB."""
        return self.gains[end].difference.absolute.mean


def worths(study: Study, task: str, backbone: str) -> list[Worth]:
    """Every factor that was measured, the largest first; verdicts are corrected for all of them.

    A factor of flows only is set wrong in the design that is all right but a flow.
    """
    pairs = {}
    for name, factor in study.about["factors"].items():
        right = "right-but-objective" if factor["of_flow"] else "right"
        pairs[name, PUT_RIGHT] = (designed(backbone, f"original-but-{name}"), designed(backbone, "original"))
        pairs[name, LEFT_WRONG] = (designed(backbone, right), designed(backbone, f"right-but-{name}"))
    gains = study.gains(task, pairs)
    made = [
        Worth(name, factor["meaning"], {end: gains[name, end] for end in ENDS if (name, end) in gains})
        for name, factor in study.about["factors"].items()
    ]
    measured = [worth for worth in made if worth.gains]
    return sorted(measured, key=lambda worth: max(map(worth.gain, worth.gains)), reverse=True)


def attribution_table(study: Study, task: str, backbone: str) -> str:
    """Every factor's worth from both ends, the largest first; empty without runs."""
    rows = [
        [worth.name, worth.meaning, *(gain_verdict(worth.gains.get(end)) for end in ENDS)]
        for worth in worths(study, task, backbone)
    ]
    ends = ["From everything original (dB) [95 %]", "Up to everything right (dB) [95 %]"]
    return table(["Factor", "Put right", *ends], rows, left=2) if rows else ""


def whole_gain(study: Study, task: str, backbone: str) -> str:
    """A sentence: all factors together, beside the sum of each alone."""
    pair = study.fields.pair(task, designed(backbone, "right"), designed(backbone, "original"))
    factors = worths(study, task, backbone)
    if pair is None or not factors:
        return ""
    right, original = (decibels(study.fields.level(key).mean) for key in pair)
    alone, last = (sum(worth.gain(end) for worth in factors if end in worth.gains) for end in ENDS)
    return (
        f"All factors together: {gain_text(study.fields.difference(*pair).absolute)} dB, from {original} to {right} dB. "
        f"Each alone, added up: {alone:+.1f} dB from everything original, {last:+.1f} dB up to everything right. "
        "What these differ by is joint."
    )


def largest(study: Study, task: str) -> list[str]:
    """What is worth most when it alone is put right or left wrong: a sentence per backbone that was tried so."""
    texts = {name: _largest_of(worths(study, task, name)) for name in study.about["backbones"]}
    return [
        f"**What matters most for the {name} on {task}**: {text}." for name, text in texts.items() if text
    ]


def _largest_of(factors: Sequence[Worth]) -> str:
    texts = []
    for end in ENDS:
        known = [worth for worth in factors if end in worth.gains]
        if known:
            most = max(known, key=lambda worth: worth.gain(end))
            gain = gain_text(most.gains[end].difference.absolute)
            texts.append(f"{end}, {most.name} ({most.meaning}): {gain} dB")
    return "; ".join(texts)
