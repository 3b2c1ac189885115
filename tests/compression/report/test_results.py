"""What a study knows: options of operating points, facts of inputs."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.compression.report.results import input_facts, setting

from tests.compression.report.study import INPUTS


@pytest.mark.parametrize(
    ("options", "name", "value"),
    [
        ({"rate_weight": [3e-3, 3e-4]}, "rate_weight", 3e-3),
        ({"quantizer": {"type": "sga", "decay": 0.5}}, "decay", 0.5),
        ({"max_error_share": 1e-2}, "max_error_share", 1e-2),
        (0.25, "anything", 0.25),
    ],
)
def test_an_option_is_found_however_deep_it_stands(options, name, value):
    assert setting(options, name) == value


def test_an_option_that_is_not_set_is_unknown():
    assert np.isnan(setting({"quantizer": {"type": "ste"}}, "decay"))


def test_facts_of_an_input():
    values = np.zeros((2, 3, 4, 5), np.float32)
    data = xr.Dataset({"field": (("channel", "z", "y", "x"), values)}, {"channel": ["a", "b"]})
    data.attrs = {"kind": "volume", "units": "K", "peak": 7.0, "notes": "One.\nTwo."}
    facts = input_facts(data, "cube")
    assert (facts["title"], facts["shape"], facts["pixels"]) == ("cube", [3, 4, 5], 60)
    assert (facts["channels"], facts["peak"], facts["notes"]) == (["a", "b"], 7.0, ["One.", "Two."])


def test_a_question_has_the_answer_of_the_table_that_asks_it(full):
    """jpeg is the reference of four; against Instant-NGP all others are a family too."""
    study = full.study()
    table = study.changes(study.experiments["images"], "jpeg")
    assert study.change(INPUTS, "pyramid", "jpeg") == table["pyramid"]
    turned = study.change(INPUTS, "jpeg", "pyramid")
    assert turned.change.low == -table["pyramid"].change.high and turned.verdict == "worse"
    assert study.change(INPUTS, "shacira", "ngp-half").family == 4


def test_a_question_that_no_table_asks_stands_alone(full):
    study = full.study()
    assert study.change(["smooth"], "pyramid", "shacira").family == 1
    assert study.change(["sea"], "pyramid", "shacira") is None


def test_trainings_are_counted(full):
    study = full.study()
    assert [study.trainings(study.experiments[name]) for name in ("images", "bounded")] == [3, 1]
