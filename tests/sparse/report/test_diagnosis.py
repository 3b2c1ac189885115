"""The fault that measurements of a network speak for."""

import pytest
from fieldbench.report.tables import Key, Results
from fieldbench.sparse.report.diagnosis import fault_of, measures_of

from tests.report.pages import row
from tests.sparse.report.study import BLIND, SOUND, render


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "healthy"),
        ({"trained_db": 30.0, "untrained_db": 9.0}, "query shift"),
        ({"swap_drop_db": 0.1, "variation_fraction": 0.05, "psnr_db": 9.0}, "predicts the mean"),
        ({"swap_drop_db": 0.1, "psnr_db": 6.0}, "ignores its observations"),
        ({"swap_drop_db": 0.1, "psnr_db": 16.0, "climatology_db": 15.9}, "ignores its observations"),
        ({"swap_drop_db": 0.1, "psnr_db": 16.0}, "healthy"),
        ({"psnr_db": 15.0, "clamp_cap_db": 15.5}, "clamped truth"),
        ({"psnr_db": 11.0, "aliased_fraction": 0.7}, "aliased coordinates"),
        ({"psnr_db": 11.0}, "underfit"),
        ({"swap_drop_db": float("nan")}, "healthy"),
    ],
)
def test_verdicts(change, expected):
    name, sentence = fault_of({**SOUND, "clamp_cap_db": float("inf"), **change})
    assert name == expected and sentence.endswith(".")


def test_what_was_not_finite_is_taken_as_such(study):
    results = Results(study.network("transformer", 6.0, diagnosed=BLIND).add("stack", 30.0).long)
    found = measures_of(results, Key("simple", "networks", "transformer"))
    assert found["clamp_cap_db"] == float("inf") and fault_of(found)[0] == "ignores its observations"
    assert measures_of(results, Key("simple", "classical", "stack")) is None


def test_overfit_runs_are_judged_apart_from_the_others(full):
    text = render(full)
    case = row(text, "**transformer-fixes-1-2-3**", "### simple, one-field-fixed-mask: one field")
    assert "**healthy**" in case  # 16 dB are 7 above the constant mean
    assert "one-field-fixed-mask" not in text[text.index("### simple\n") : text.index("## The document's")]
    assert "Verdicts on the versions: 5 × healthy" in text or "Verdicts on the versions: 4 × healthy" in text
