"""A card for each task: the cheapest method of those that are as good as the best."""

from fieldbench.report.cards import Asked, Card, answered, duration
from fieldbench.report.formatting import ABSENT, method_name
from fieldbench.report.tables import Key
from fieldbench.sparse.report.headlines import blind, choice
from fieldbench.sparse.report.results import PSNR, Study


def cards(study: Study) -> list[Card]:
    """One for each task with results."""
    return [_card(study, task) for task in study.results.datasets]


def _card(study: Study, task: str) -> Card:
    found = choice(study, task)
    if found is None:
        return Card("", task, data=(task,))
    if reason := blind(study, found.key):
        return Card("", task, sure=reason, gallery=task, data=(task,))
    asked = Asked(
        metric=PSNR,
        measure="mean PSNR",
        ranked=study.candidates(task),
        use=found.key,
        alike=found.alike,
        margin=f"{study.about['margins']['psnr_db']:g} dB",
        cost=lambda key: _cost(study, key),
        label=lambda key: method_name(key.method),
        gallery=task,
    )
    return answered(study, asked)


def _cost(study: Study, key: Key) -> str:
    spent = {"per field": "field_seconds", "to fit": "train_seconds"}
    texts = {words: duration(study.results.estimate(key, metric).mean) for words, metric in spent.items()}
    return ", ".join(f"{text} {words}" for words, text in texts.items() if text != ABSENT)
