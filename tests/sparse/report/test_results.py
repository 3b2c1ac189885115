"""What a study of sparse fields is asked for."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.report.tables import Key
from fieldbench.sparse.report.headlines import kind_of
from fieldbench.sparse.report.results import PSNR, task_facts
from scipy import stats

from tests.sparse.report.study import NOISE, WOBBLE


def test_facts():
    splits = {name: (f"{name}_field", "point") for name in ("train", "validation", "test")}
    problem = xr.Dataset(
        {name: (dims, np.zeros((2, 9))) for name, dims in splits.items()},
        attrs={"kind": "observed", "unit": "degC", "noise": 0.1, "mask": "tracks", "peak": 3.0, "notes": "a\nb"},
    ).assign(test_index=(("test_field", "observation"), np.zeros((2, 4))))  # fmt: skip
    found = task_facts(problem)
    assert (found["points"], found["observed"], found["train"], found["notes"]) == (9, [4, 4], 2, ["a", "b"])
    assert kind_of(found) == "observed fields"


def test_gains_are_those_of_the_pairs_that_were_run_and_taken_field_by_field(study):
    """Differences 1, 2, 3 and five zeros, but for a noise that sums to zero."""
    first = np.array([20.0, 22, 24, 20, 20, 20, 20, 20])
    second = np.array([19.0, 20, 21, 20, 20, 20, 20, 20])
    made = study.add("stack", first).add("linear", second).finished()
    gains = made.gains("simple", {"known": ("stack", "linear"), "unknown": ("stack", "cubic")})
    assert list(gains) == ["known"] and gains["known"].mean == pytest.approx((1 + 2 + 3) / 8)
    assert gains["known"].change.over == (("field", 8),)


def test_trainings_are_draws_from_three_on(study):
    """Means of 20, 21 and 22 dB: their deviation of 1 dB widens the interval of the same fields."""
    for seed in range(2):
        study.network("transformer", 20.0 + seed, seed=seed)
    key = Key("simple", "networks", "transformer")
    two = study.finished().level(key)
    three = study.network("transformer", 22.0, seed=2).finished().level(key)
    assert two.mean == pytest.approx(20.5) and two.over == (("field", 8),)
    assert three.mean == pytest.approx(21) and three.over == (("seed", 3), ("field", 8))
    assert three.high - three.mean > two.high - two.mean
    deviation = (WOBBLE + NOISE * np.sin(sum(map(ord, "transformer")) + 1)).std(ddof=1)
    assert two.high - two.mean == pytest.approx(stats.t.ppf(0.975, 7) * deviation / np.sqrt(8))


def test_months_that_resemble_their_neighbours_count_for_fewer(study):
    """The same values as independent fields and as a series: four low months, then four high ones."""
    values = 20.0 + np.array([-2.0, -2, -2, -2, 2, 2, 2, 2]) - WOBBLE
    made = study.add("linear", values, task="waves").add("linear", values, task="sst", over="time").finished()
    fields, months = (made.level(Key(task, "classical", "linear")) for task in ("waves", "sst"))
    assert months.over == (("time", 8),) and months.mean == fields.mean
    assert months.high - months.low > 2 * (fields.high - fields.low)


def test_the_best_of_several_is_corrected_for_having_been_picked(study):
    """Its low end is of an interval at 0.95 to the power of 1 / 3, its high end is that of a plain one."""
    made = study.add("a", 20.0).add("b", 19.0).add("c", 5.0).finished()
    found = made.highest(made.keys("simple"))
    deviation = (WOBBLE + NOISE * np.sin(ord("a") + 1)).std(ddof=1) / np.sqrt(8)
    assert found.mean == pytest.approx(20)
    assert found.low == pytest.approx(20 - stats.t.ppf((1 + 0.95 ** (1 / 3)) / 2, 7) * deviation)
    assert found.high == pytest.approx(20 + stats.t.ppf(0.975, 7) * deviation)


def test_runs_of_one_group_are_compared_first(study):
    made = study.add("a", 1.0, "one").add("b", 2.0, "two").add("a", 3.0, "two").finished()
    assert [key.regime for key in made.pair("simple", "a", "b")] == ["two", "two"]
    assert made.find("simple", "a").regime == "one" and made.pair("simple", "a", "c") is None


def test_a_comparison_with_the_bar_is_that_of_its_table_either_way_round(full):
    made = full.finished()
    bar, network = made.bar("simple"), made.network("simple")
    there, back = made.comparison(network, bar, PSNR), made.comparison(bar, network, PSNR)
    assert there.change == made.results.against(made.compared("simple"), bar, PSNR)[network].change
    assert there.family == back.family == 3 and back.verdict == "better"
    assert (back.change.low, back.change.high) == pytest.approx((-there.change.high, -there.change.low))


def test_a_mere_star_chooses_no_variants_of_one_method(full):
    made = full.finished()
    methods = [key.method for key in made.chosen("simple", ["*-right", "*"])]
    assert methods == ["transformer-right", "gaussian-process", "stack", "line-spectrum", "transformer"]


def test_the_bar_is_neither_an_oracle_nor_a_method_that_failed(study):
    study.add("line-spectrum", 30.0).add("stack", 25.0).fail("stack", "diverged", group="classical")
    made = study.add("linear", 20.0).network("transformer", 22.0).finished()
    assert (made.bar("simple").method, made.network("simple").method) == ("linear", "transformer")
