"""A card for each component of the field on each data set: as the page recommends."""

from fieldbench.inversion.report.choice import COMPONENTS, Choice, choose
from fieldbench.inversion.report.recommendation import place, true_error
from fieldbench.inversion.report.results import Study
from fieldbench.report.cards import Asked, Card, answered, training_cost

QUESTIONS = {"b_los": "Along the line of sight, B_los", "b_qu": "Across the line of sight, B_Q and B_U"}


def cards(study: Study) -> list[Card]:
    """The recommended method for each component, by its misfit at wavelengths left out."""
    asked = [(dataset, name) for dataset in study.results.datasets for name in COMPONENTS]
    return [_card(study, *each) for each in asked]


def _card(study: Study, dataset: str, name: str) -> Card:
    component = COMPONENTS[name]
    choice = choose(study, dataset, component)
    if choice is None:
        return Card(QUESTIONS[name], dataset, data=(dataset,))
    if choice.unseen:
        return Card(QUESTIONS[name], dataset, sure=choice.unseen, data=(dataset,))
    return answered(study, _asked(study, choice, name))


def _asked(study: Study, choice: Choice, name: str) -> Asked:
    component, dataset = choice.component, choice.best.dataset
    return Asked(
        question=QUESTIONS[name],
        metric=component.misfit,
        measure="at wavelengths left out",
        note=f"true error {true_error(study, choice.use, component)}",
        ranked=study.results.ranking(dataset, component.misfit),
        use=choice.use,
        alike=[choice.best, *choice.near],
        margin=f"{study.about['margins']['misfit_percent']:g} %",
        cost=training_cost(study),
        label=lambda key: place(study, key),
        gallery=f"{dataset}-{name}".replace("_", "-"),
    )
