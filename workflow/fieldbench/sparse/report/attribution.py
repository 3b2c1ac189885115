"""What we do otherwise than the document: what each factor is worth, alone put right or left wrong, over test fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldbench.report.formatting import change_text, decibels, table, verdict_text
from fieldbench.report.statistics import Comparison
from fieldbench.sparse.report import families
from fieldbench.sparse.report.cells import caption, head
from fieldbench.sparse.report.families import ENDS, FIXED, designed
from fieldbench.sparse.report.results import PSNR, Study


@dataclass(frozen=True)
class Worth:
    """What one factor is worth, in dB.

    Attributes:
        name: of the factor.
        meaning: what is right about it.
        gains: by ENDS, as far as they were measured: what it brings when it alone is put right in the document's method with
            all fixes, and what it costs when it alone is left wrong in a method that is otherwise right.
    """

    name: str
    meaning: str
    gains: Mapping[str, Comparison]

    def gain(self, end: str) -> float:
        """The mean, in dB."""
        return self.gains[end].mean


def worths(study: Study, task: str, backbone: str) -> list[Worth]:
    """Every factor that was measured, the largest first; all of them from both ends are one family."""
    gains = study.gains(task, families.attribution(study.about, backbone))
    made = [
        Worth(name, factor["meaning"], {end: gains[name, end] for end in ENDS if (name, end) in gains})
        for name, factor in study.about["factors"].items()
    ]
    measured = [worth for worth in made if worth.gains]
    return sorted(measured, key=lambda worth: max(map(worth.gain, worth.gains)), reverse=True)


def attribution_table(study: Study, task: str, backbone: str) -> str:
    """Every factor's worth from both ends, the largest first; empty without runs."""
    rows = [
        [worth.name, worth.meaning, *(verdict_text(worth.gains.get(end)) for end in ENDS)]
        for worth in worths(study, task, backbone)
    ]
    pairs = study.resolved(task, families.attribution(study.about, backbone)).values()
    keys = [key for pair in pairs for key in pair]
    ends = [
        head(text, study, keys) for text in ("From the document's fixed method", "Up to everything right")
    ]
    return table(["Factor", "Put right", *ends], rows, left=2) if rows else ""


def attribution_caption(study: Study, task: str, backbone: str) -> str:
    """How many comparisons the table makes at once."""
    return caption(study.gains(task, families.attribution(study.about, backbone)), "from both ends")


def whole_gain(study: Study, task: str, backbone: str) -> str:
    """A sentence: all factors together, beside the sum of each alone; empty where too little was run."""
    pair = study.pair(task, designed(backbone, "right"), designed(backbone, FIXED))
    factors = worths(study, task, backbone)
    if pair is None or not factors:
        return ""
    right, fixed = (decibels(study.level(key).mean) for key in pair)
    alone, last = (sum(worth.gain(end) for worth in factors if end in worth.gains) for end in ENDS)
    together = change_text(study.comparison(*pair, PSNR), "dB")
    return (
        f"All factors together: {together}, from {fixed} to {right} dB. "
        f"Each alone, added up: {alone:+.1f} dB from the document's fixed method, {last:+.1f} dB up to everything right. "
        "What these differ by is joint."
    )


def largest(study: Study, task: str) -> list[str]:
    """What is worth most when it alone is put right or left wrong: a sentence per backbone that was tried so."""
    texts = {name: _largest_of(worths(study, task, name)) for name in study.about["backbones"]}
    return [f"**What matters most for the {name} on {task}.** {text}" for name, text in texts.items() if text]


def _largest_of(factors: Sequence[Worth]) -> str:
    texts = []
    for end in ENDS:
        known = [worth for worth in factors if end in worth.gains]
        if known:
            most = max(known, key=lambda worth: worth.gain(end))
            worth = change_text(most.gains[end], "dB")
            texts.append(f"{end.capitalize()}, {most.name} ({most.meaning}) is worth {worth}.")
    return " ".join(texts)
