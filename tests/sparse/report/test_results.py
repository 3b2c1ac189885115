"""What a study of sparse fields is asked for."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.report.tables import Key
from fieldbench.sparse.report.headlines import kind_of
from fieldbench.sparse.report.results import PSNR, task_facts


def test_facts():
    splits = {name: (f"{name}_field", "point") for name in ("train", "validation", "test")}
    problem = xr.Dataset(
        {name: (dims, np.zeros((2, 9))) for name, dims in splits.items()},
        attrs={"kind": "observed", "unit": "degC", "noise": 0.1, "mask": "tracks", "peak": 3.0, "notes": "a\nb"},
    ).assign(test_index=(("test_field", "observation"), np.zeros((2, 4))))  # fmt: skip
    found = task_facts(problem)
    assert (found["points"], found["observed"], found["train"], found["notes"]) == (9, 4, 2, ["a", "b"])
    assert kind_of(found) == "observed fields"


def test_psnr_is_drawn_over_test_fields_and_all_else_over_seeds(study):
    study.network("transformer", 20.0, seed=0).network("transformer", 21.0, seed=1)
    made, key = study.finished(), Key("simple", "networks", "transformer")
    assert len(made.draws(key, PSNR)) == 8 and made.draws(key, PSNR).mean() == pytest.approx(20.5)
    assert list(made.draws(key, "psnr_mean_db")) == pytest.approx([20, 21])


def test_gains_are_those_of_the_pairs_that_were_run(study):
    made = study.add("stack", 20.0).add("linear", 18.0).finished()
    gains = made.gains("simple", {"known": ("stack", "linear"), "unknown": ("stack", "cubic")})
    assert list(gains) == ["known"] and gains["known"].difference.absolute.mean == pytest.approx(2)


def test_a_mere_star_chooses_no_variants_of_one_method(full):
    made = full.finished()
    methods = [key.method for key in made.chosen("simple", ["*-right", "*"])]
    assert methods == ["transformer-right", "gaussian-process", "stack", "line-spectrum", "transformer"]


def test_the_bar_is_neither_an_oracle_nor_a_method_that_failed(study):
    study.add("line-spectrum", 30.0).add("stack", 25.0).fail("stack", "diverged", group="classical")
    made = study.add("linear", 20.0).network("transformer", 22.0).finished()
    assert (made.bar("simple").method, made.network("simple").method) == ("linear", "transformer")
