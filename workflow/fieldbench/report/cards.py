"""Cards: for every question what to use, how sure that is and what it costs, and the best method of either kind.

An area whose questions are others than one per data set defines `cards(study)` in its own `report/cards.py`; it may take
`answered` from here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fieldbench.record import unit
from fieldbench.report.formatting import (
    ABSENT,
    draws_needed,
    interval,
    method_name,
    over_text,
    table,
    verdict_text,
)
from fieldbench.report.metrics import METRICS, UNIT_TEXT
from fieldbench.report.results import Study
from fieldbench.report.statistics import FEWEST
from fieldbench.report.tables import Key

COSTS = ("seconds", "bytes", "count")  # units by which no method is ranked
UNITS_OF_TIME = {"h": 3600.0, "min": 60.0, "s": 1.0, "ms": 1e-3, "µs": 1e-6}
NAMED = 3  # of the methods that are as good
FEW = {1: "one training", 2: "two trainings"}
# How sure an answer is, in a word.
CLEAR, CLOSE, OPEN, ALONE, NONE = "clear", "close", "undecided", "alone", "no answer"
WORDS = {
    CLEAR: "the next best is worse, beyond the interval",
    CLOSE: "several are as good in practice; the cheapest of them is named",
    OPEN: "the interval does not tell it apart from the next best, or there is none",
    ALONE: "nothing else was run to the end",
    NONE: "no run finished",
}


@dataclass(frozen=True)
class Side:
    """The best method of a kind.

    Attributes:
        name: as it is printed.
        level: what it reaches, with its interval.
        cost: what it takes.
    """

    name: str
    level: str
    cost: str


@dataclass(frozen=True)
class Card:
    """The answer to one question on one data set.

    Attributes:
        question: what is asked of the data, within the area's question; may be empty.
        dataset: or the data sets, in words.
        use: the method to use; empty where no run finished.
        level: what it reaches, with its interval.
        note: what else a reader should know of that; may be empty.
        certainty: one of CLEAR, CLOSE, OPEN, ALONE, NONE.
        sure: how sure that is, in words with numbers.
        cost: what it takes.
        neural, classical: the best method that is trained, and the best other.
        against: the first of these against the second, in words.
        further: what would make the answer surer; may be empty.
        gallery: name of the pictures that show it, where there are some.
        data: the data sets by name, of which the report shows the numbers.
    """

    question: str
    dataset: str
    use: str = ""
    level: str = ""
    note: str = ""
    certainty: str = NONE
    sure: str = WORDS[NONE]
    cost: str = ""
    neural: Side | None = None
    classical: Side | None = None
    against: str = ""
    further: str = ""
    gallery: str = ""
    data: Sequence[str] = ()


@dataclass(frozen=True)
class Asked:
    """A question on a data set whose methods were ranked by one metric.

    Attributes:
        metric: by which they are ranked.
        ranked: the best first.
        use: the one to use, of those that are `alike`.
        alike: the best, and all that are as good in practice.
        margin: how far from the best these are, in words.
        cost: what a method takes, in words.
        label: a method as it is printed.
        question, gallery: see `Card`.
        measure: the metric in words, after its value.
        note: see `Card`.
    """

    metric: str
    ranked: Sequence[Key]
    use: Key
    alike: Sequence[Key]
    margin: str
    cost: Callable[[Key], str]
    label: Callable[[Key], str]
    question: str = ""
    gallery: str = ""
    measure: str = ""
    note: str = ""


def answered(study: Study, asked: Asked) -> Card:
    """The card of a question, with comparisons as the page's tables have them."""
    neural, classical = (_best(study, asked.ranked, trained) for trained in (True, False))
    word, sure = _certainty(study, asked)
    return Card(
        question=asked.question,
        dataset=asked.use.dataset,
        use=asked.label(asked.use),
        level=" ".join(
            [level(study, asked.use, asked.metric), asked.measure, over(study, asked.use, asked.metric)]
        ),
        note=asked.note,
        certainty=word,
        sure=sure,
        cost=asked.cost(asked.use),
        neural=_side(study, asked, neural),
        classical=_side(study, asked, classical),
        against=change(study, neural, classical, asked.metric) if neural and classical else "",
        further=_further(study, asked, {"neural field": neural, "classical method": classical}),
        gallery=asked.gallery,
        data=(asked.use.dataset,),
    )


def _best(study: Study, ranked: Sequence[Key], trained: bool) -> Key | None:
    """The first of ranked methods that is trained, or that is not."""
    return next((key for key in ranked if study.results.trained(key) == trained), None)


def _side(study: Study, asked: Asked, key: Key | None) -> Side | None:
    return Side(asked.label(key), level(study, key, asked.metric), asked.cost(key)) if key else None


def level(study: Study, key: Key, metric: str) -> str:
    """A metric with its interval and unit."""
    kind = unit(metric)
    return f"{interval(study.results.estimate(key, metric), unit=kind)} {UNIT_TEXT[kind]}".strip()


def over(study: Study, key: Key, metric: str) -> str:
    """What the interval of a level is over, in brackets; with the number of trainings where it does not speak for them."""
    few = FEW.get(len(study.results.seeds(key, metric)), "") if study.results.trained(key) else ""
    text = ", ".join(filter(None, [over_text([study.results.estimate(key, metric)]), few]))
    return f"(95 % over {text})" if text and text != few else f"({few}, no interval)" if few else ""


def change(study: Study, key: Key, reference: Key, metric: str) -> str:
    """A method against another: the verdict, and the change with its interval."""
    return verdict_text(study.comparison(key, reference, metric), UNIT_TEXT[unit(metric)])


def _certainty(study: Study, asked: Asked) -> tuple[str, str]:
    """In a word, and in words with numbers."""
    behind = next((key for key in asked.ranked if key not in asked.alike), None)
    verdict, texts = "", []
    if len(asked.alike) > 1:
        others = [asked.label(key) for key in asked.alike if key != asked.use]
        named = ", ".join(others[:NAMED]) + (
            f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        )
        texts.append(f"the cheapest of {len(asked.alike)} within {asked.margin} of the best, beside {named}")
    if behind:
        verdict = study.comparison(behind, asked.use, asked.metric).verdict
        texts.append(f"next, {asked.label(behind)}: {change(study, behind, asked.use, asked.metric)}")
    word = certainty(verdict, alike=len(asked.alike), others=behind is not None)
    return word, "; ".join(texts) or WORDS[word]


def certainty(verdict: str, alike: int, others: bool) -> str:
    """How sure an answer is, in a word.

    Args:
        verdict: on the best of the `others` against the answer.
        alike: how many are as good in practice, the answer included.
        others: whether there are any that are not.
    """
    if others and verdict != "worse":
        return OPEN
    if alike > 1:
        return CLOSE
    return CLEAR if others else ALONE


def _further(study: Study, asked: Asked, best: Mapping[str, Key | None]) -> str:
    """What would make an answer surer, in words.

    Args:
        best: the best method of either kind, in words -> method.
    """
    texts = [f"run a {kind} beside it" for kind, key in best.items() if key is None]
    behind = next((key for key in asked.ranked if key not in asked.alike), None)
    if any(_seldom(study, key, asked.metric) for key in (asked.use, behind) if key):
        seeds = f"{study.about['area']}={{seeds: {list(range(FEWEST))}}}"
        texts.append(f"train {FEWEST} times or more (`--config '{seeds}'`)")
    elif behind and (needed := draws_needed(study.comparison(behind, asked.use, asked.metric))):
        texts.append(f"{needed} between it and {asked.label(behind)}")
    return "; ".join(texts)


def _seldom(study: Study, key: Key, metric: str) -> bool:
    """Whether a method was trained too few times for an interval over trainings."""
    return study.results.trained(key) and len(study.results.seeds(key, metric)) < FEWEST


def training_cost(study: Study) -> Callable[[Key], str]:
    """The training time of a method, in words."""

    def text(key: Key) -> str:
        spent = duration(study.results.estimate(key, "train_seconds").mean)
        return f"{spent} to compute" if spent != ABSENT else ABSENT

    return text


def duration(seconds: float) -> str:
    """A time in the unit that reads best, to three digits."""
    for unit_text, length in UNITS_OF_TIME.items():
        if seconds >= length:
            return f"{seconds / length:.3g} {unit_text}"
    return ABSENT if seconds != seconds else "0 s"


def metrics_of(study: Study, dataset: str) -> list[str]:
    """The metrics that were measured on a data set, in the catalogue's order."""
    measured = {name for key in study.results.select(dataset) for name in study.results.metrics(key)}
    return [name for name in METRICS if name in measured]


def quality(study: Study, dataset: str) -> str:
    """The first metric of a data set by which methods can be ranked; empty without any."""
    return next((name for name in metrics_of(study, dataset) if unit(name) not in COSTS), "")


def cards(study: Study) -> list[Card]:
    """One for each data set: its best method by its first metric that is no cost."""
    return [_card(study, dataset) for dataset in study.results.datasets]


def _card(study: Study, dataset: str) -> Card:
    metric = quality(study, dataset)
    ranked = study.results.ranking(dataset, metric)
    if not ranked:
        return Card("", dataset, data=(dataset,))
    return answered(
        study,
        Asked(
            metric=metric,
            ranked=ranked,
            use=ranked[0],
            alike=ranked[:1],
            margin="",
            cost=training_cost(study),
            label=lambda key: method_name(key.method),
            measure=METRICS[metric].label,
        ),
    )


def markdown(made: Iterable[Card]) -> str:
    """Cards as a table, and below it what would make the answers surer; empty without any."""
    made = list(made)
    rows = [
        [
            _about(card),
            f"**{card.use or ABSENT}**",
            _reached(card),
            f"*{card.certainty}*: {card.sure}",
            card.cost,
            _sides(card),
        ]
        for card in made
    ]
    headers = ["Question", "Use", "It reaches", "How sure", "It costs", "Neural against classical"]
    further = [f"- {_about(card)}: {card.further}." for card in made if card.further]
    parts = [table(headers, rows, left=len(headers))] if rows else []
    return "\n\n".join(parts + (["What to run next:", "\n".join(further)] if further else []))


def _reached(card: Card) -> str:
    return "; ".join(filter(None, [card.level, card.note]))


def _about(card: Card) -> str:
    return ": ".join(filter(None, [card.dataset, card.question]))


def _sides(card: Card) -> str:
    if not (card.neural or card.classical):
        return ABSENT
    names = [side.name if side else "none was run" for side in (card.neural, card.classical)]
    return f"{names[0]} against {names[1]}" + (f": {card.against}" if card.against else "")
