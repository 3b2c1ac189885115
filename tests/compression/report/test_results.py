"""What a study knows: options of operating points, facts of inputs."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.compression.report.results import input_facts, setting


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
