"""A card for each experiment with rates: the quickest codec of those that write the smallest files at equal quality."""

from collections.abc import Sequence
from typing import Any

from fieldbench.compression.report.bounded import KIND as BOUNDED
from fieldbench.compression.report.bounded import bound_text, keeping, unit_text
from fieldbench.compression.report.comparisons import KIND, basis, choose, rate_text
from fieldbench.compression.report.rates import PSNR, RATE
from fieldbench.compression.report.results import Study
from fieldbench.report.cards import ALONE, Card, Side, certainty, duration
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, number
from fieldbench.report.tables import Key


def cards(study: Study) -> list[Card]:
    """Of every experiment at equal PSNR, then of every input of those with a bound on the error."""
    bounded = [(experiment, name) for experiment in study.of_kind(BOUNDED) for name in experiment.data]
    return [
        *(_at_equal_quality(study, experiment) for experiment in study.of_kind(KIND)),
        *(_within_bounds(study, *each) for each in bounded),
    ]


def _data(experiment: Experiment) -> str:
    return experiment.data[0] if len(experiment.data) == 1 else f"{len(experiment.data)} inputs"


def _at_equal_quality(study: Study, experiment: Experiment) -> Card:
    about: dict[str, Any] = {
        "question": experiment.title,
        "dataset": _data(experiment),
        "data": experiment.data,
    }
    if len(study.ranked(experiment)) < 2:
        return Card(**about, sure=f"no codec reaches a PSNR of {experiment.reference}, the reference")
    choice = choose(study, experiment)
    codecs = [choice.best, *choice.others]
    kinds = [[codec for codec in codecs if study.learned(codec) == learned] for learned in (True, False)]
    neural, classical = (next(iter(kind), None) for kind in kinds)
    word, sure = _certainty(study, experiment)
    return Card(
        **about,
        use=choice.use,
        level="the smallest files at equal PSNR",
        note=basis(study, experiment, (PSNR,)),
        certainty=word,
        sure=sure,
        cost=_cost(study, experiment, choice.use),
        neural=_side(study, experiment, neural, choice.best),
        classical=_side(study, experiment, classical, choice.best),
        against=f"rate {rate_text(study, experiment, neural, classical)}" if neural and classical else "",
        gallery=experiment.data[0],
    )


def _certainty(study: Study, experiment: Experiment) -> tuple[str, str]:
    """In a word, and in words with numbers."""
    choice = choose(study, experiment)
    behind = next((codec for codec in choice.others if codec not in choice.close), None)
    verdict, texts = "", []
    if choice.close:
        margin = study.about["margins"]["bytes_percent"]
        texts.append(f"the quickest of {1 + len(choice.close)} within {margin:g} % of the smallest")
    if behind:
        found = study.change(experiment.data, behind, choice.best)
        verdict = found.verdict if found else ""
        texts.append(f"next, {behind}: rate {rate_text(study, experiment, behind, choice.best)}")
    return certainty(verdict, alike=1 + len(choice.close), others=behind is not None), "; ".join(texts)


def _side(study: Study, experiment: Experiment, codec: str | None, best: str) -> Side | None:
    if codec is None:
        return None
    level = "the smallest files" if codec == best else f"rate {rate_text(study, experiment, codec, best)}"
    return Side(codec, level, _cost(study, experiment, codec))


def _cost(study: Study, experiment: Experiment, codec: str) -> str:
    """What a file takes to write and to read."""
    spent = {
        word: duration(study.cost(experiment, codec, f"{word}_seconds")) for word in ("encode", "decode")
    }
    return ", ".join(f"{text} to {word}" for word, text in spent.items() if text != ABSENT)


def _within_bounds(study: Study, experiment: Experiment, dataset: str) -> Card:
    """The smallest file that keeps the tightest bound."""
    kept = keeping(study, experiment, dataset)
    if not kept:
        return Card(experiment.title, dataset, sure="no file keeps a bound", data=(dataset,))
    keys = min(kept.values(), key=lambda keys: study.bound(keys[0]))
    neural, classical = (
        next((key for key in keys if study.learned(key.method) == learned), None) for learned in (True, False)
    )
    word, sure = _next_in_size(study, keys)
    bound = " ".join(filter(None, [bound_text(study, keys[0]), unit_text(study, dataset)]))
    return Card(
        question=f"{experiment.title}, error at most {bound}",
        dataset=dataset,
        use=keys[0].method,
        level=f"{_rate(study, keys[0])}, the smallest file that keeps the bound",
        certainty=word,
        sure=sure,
        cost=_cost(study, experiment, keys[0].method),
        neural=_bounded_side(study, experiment, neural),
        classical=_bounded_side(study, experiment, classical),
        gallery=dataset,
        data=(dataset,),
    )


def _next_in_size(study: Study, keys: Sequence[Key]) -> tuple[str, str]:
    """How sure the smallest file is, in a word and in words with numbers."""
    if len(keys) == 1:
        return ALONE, "no other keeps it"
    verdict = study.comparison(keys[1], keys[0], RATE).verdict
    return certainty(verdict, alike=1, others=True), f"next, {keys[1].method}: {_rate(study, keys[1])}"


def _rate(study: Study, key: Key) -> str:
    return f"{number(study.results.estimate(key, RATE).mean)} bit per pixel"


def _bounded_side(study: Study, experiment: Experiment, key: Key | None) -> Side | None:
    if key is None:
        return None
    return Side(key.method, _rate(study, key), _cost(study, experiment, key.method))
