"""Cards: what to use, how sure that is, and the best method of either kind."""

import pytest
from fieldbench.inversion.report.cards import cards as inversion_cards
from fieldbench.report import cards
from fieldbench.report.formatting import ABSENT


def card(study, name):
    """A card of the area's own, by its question."""
    return next(card for card in inversion_cards(study) if name in card.question)


def test_a_card_names_the_recommended_method_and_the_best_of_either_kind(benchmark_study):
    made = card(benchmark_study.finished(), "B_los")
    assert made.use == "V6 at 32" and made.certainty == cards.CLEAR
    assert made.neural.name == "V6 at 32" and made.classical.name == "regularized"
    assert made.against.startswith("better, -2.") and "%" in made.against
    assert made.sure.startswith("next, regularized: worse, +2.")
    assert (
        made.level.startswith("1.0198 [")
        and "reduced χ² at wavelengths left out (95 % over 5 seeds)" in made.level
    )
    assert made.note.startswith("true error") and "12" in made.cost


def test_the_cheapest_of_several_within_the_margin_is_named(study):
    study.add("strict", "v0", train_seconds=50.0).add(
        "strict", "v1", unseen_b_los_chi2=1.105, train_seconds=5.0
    )
    made = card(study.finished(), "B_los")
    assert made.certainty == cards.CLOSE and made.use == "V1 at 32"
    assert "the cheapest of 2 within 2 % of the best, beside V0 at 32" in made.sure
    assert made.classical is None and made.against == ""


@pytest.mark.parametrize(
    ("verdict", "alike", "others", "word"),
    [
        ("worse", 1, True, cards.CLEAR),
        ("worse", 3, True, cards.CLOSE),
        ("undecided", 3, True, cards.OPEN),
        ("", 1, True, cards.OPEN),
        ("", 2, False, cards.CLOSE),
        ("", 1, False, cards.ALONE),
    ],
)
def test_how_sure_an_answer_is_follows_from_the_next_best(verdict, alike, others, word):
    assert cards.certainty(verdict, alike, others) == word


def test_two_trainings_decide_nothing(study):
    study.add("strict", "v0", seeds=(0, 1)).add("strict", "v1", seeds=(0, 1), unseen_b_los_chi2=1.5)
    made = card(study.finished(), "B_los")
    assert made.certainty == cards.OPEN and "two trainings" in made.level


def test_without_a_finished_method_there_is_no_answer(study):
    study.add("strict", "v0").fail("strict", "v0", 9, "diverged")
    made = cards.cards(study.finished())
    assert [each.certainty for each in made] == [cards.NONE]
    assert not made[0].use and cards.markdown(made).count(ABSENT) == 2


def test_what_was_run_alone_says_so(study):
    study.add("strict", "v0")
    assert card(study.finished(), "B_los").certainty == cards.ALONE


def test_every_data_set_of_an_area_without_cards_gets_one(benchmark_study):
    (made,) = cards.cards(benchmark_study.finished())
    assert made.dataset == "plage-synthetic" and made.use and made.neural and made.classical


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (7200, "2 h"),
        (90, "1.5 min"),
        (6.091, "6.09 s"),
        (0.0356, "35.6 ms"),
        (6.4e-7, "0 s"),
        (float("nan"), ABSENT),
    ],
)
def test_a_time_is_told_in_the_unit_that_reads_best(seconds, text):
    assert cards.duration(seconds) == text


def test_the_table_of_cards_has_a_row_each_and_none_without_any(benchmark_study):
    text = cards.markdown(inversion_cards(benchmark_study.finished()))
    assert (
        len(text.splitlines()) == 2 + 2
        and "| plage-synthetic: Along the line of sight, B_los | **V6 at 32** |" in text
    )
    assert cards.markdown([]) == ""


def test_a_card_says_what_would_make_the_answer_surer(study):
    study.add("strict", "v0", seeds=(0, 1), unseen_b_los_chi2=1.0).add("strict", "v1", unseen_b_los_chi2=1.1)
    further = card(study.finished(), "B_los").further
    assert "run a classical method beside it" in further
    assert "train 3 times or more (`--config 'inversion={seeds: [0, 1, 2]}'`)" in further


def test_a_card_of_an_open_answer_says_how_many_draws_it_would_take(study):
    study.add("strict", "v0", unseen_b_los_chi2=[1.0, 1.2, 1.4, 1.1, 1.3])
    study.add("strict", "v1", unseen_b_los_chi2=[1.3, 1.5, 1.2, 1.1, 1.4])
    made = card(study.finished(), "B_los")
    assert (
        made.certainty == cards.OPEN
        and "times as many draws would decide between it and V1 at 32" in made.further
    )


def test_a_page_lists_what_to_run_next_below_the_answers():
    made = cards.Card("B_los", "plage", use="V6", further="run a classical method beside it")
    text = cards.markdown([made, cards.Card("B_T", "plage", use="V6")])
    assert text.endswith("What to run next:\n\n- plage: B_los: run a classical method beside it.")
