"""Statements in decibels, judged field by field, and the document on sparse fields as a whole."""

import re
from pathlib import Path

import pytest
from fieldbench.report import claims
from fieldbench.report.claim_kinds import measure
from fieldbench.report.evidence import NotMeasured
from fieldbench.sparse.report import document
from fieldbench.sparse.report.evidence import Evidence

from tests.sparse.report.study import BLIND, WOBBLE, SparseStudy, bar, designs, techniques

FILE = Path(__file__).resolve().parents[3] / "config" / "claims" / "sparse.yaml"


@pytest.fixture
def study():
    return techniques(designs(bar(SparseStudy())))


def judged(study, spec, **expected):
    return measure(claims.kinds_of("sparse"), Evidence(study.finished(), "simple"), spec, expected)


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        ({"at_least": 20}, "confirmed"),
        ({"at_least": 40}, "refuted"),
        ({"at_least": 35}, "undecided"),
        ({"at_least": 30, "at_most": 40}, "confirmed"),
        ({"at_least": 40, "at_most": 50}, "refuted"),
    ],
)
def test_a_level(study, limits, verdict):
    outcome = judged(study, {"kind": "level", "of": "stack"}, **limits)
    assert outcome.verdict == verdict and outcome.measured.startswith("stack: 35.0 [")


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        ({"at_least": 40}, "refuted"),
        ({"at_least": 20}, "refuted"),
        ({"at_least": 16}, "undecided"),
        ({"at_least": 15}, "confirmed"),
        ({"at_least": 10, "at_most": 20}, "confirmed"),
    ],
)
def test_the_best_of_many_stands_for_all(study, limits, verdict):
    """The best is 18 dB, with half widths of 1.7 dB alone and 2.4 dB as the best of four: [15.6, 19.7]."""
    outcome = judged(study, {"kind": "highest", "of": "v[0-9]*"}, **limits)
    assert outcome.verdict == verdict and outcome.measured.startswith("V13 of 4: 18.0 [")


@pytest.mark.parametrize(
    ("expected", "verdict", "size"),
    [
        ({"sign": "higher"}, "confirmed", ""),
        ({"sign": "lower"}, "refuted", ""),
        ({"at_least": 0.2, "at_most": 1}, "confirmed", "confirmed"),
        ({"at_least": 2, "at_most": 3}, "confirmed", "refuted"),
    ],
)
def test_a_gain_is_paired(study, expected, verdict, size):
    """Fields differ by 3 dB and methods by 0.4: only pairing tells them apart."""
    spec = {"kind": "change", "of": "transformer-fixes-1-2", "over": "transformer-fixes-1"}
    outcome = judged(study, spec, **expected)
    assert (outcome.verdict, outcome.size) == (verdict, size)
    assert outcome.measured.startswith("transformer-fixes-1-2 against transformer-fixes-1: +0.4")


def test_the_best_of_several_against_each_of_several(study):
    spec = {"kind": "surpass", "of": "v[0-9]*", "over": ["gaussian-process", "stack"]}
    outcome = judged(study, spec, sign="higher")
    assert outcome.verdict == "refuted" and outcome.measured.startswith("V13 against stack: -17.0")
    outcome = judged(study, {**spec, "over": ["gaussian-process"]}, sign="higher")
    assert outcome.verdict == "confirmed" and outcome.measured.startswith(
        "V13 against gaussian-process: +3.0"
    )
    with pytest.raises(NotMeasured, match="cubic was not run on simple"):
        judged(study, {**spec, "over": ["stack", "cubic"]}, sign="higher")


def test_who_was_picked_as_the_best_is_corrected_for_and_who_must_be_below_is_not():
    """Differences of 1 dB with a deviation of 1.1 dB over 8 fields: half widths 0.92 dB alone and 1.10 dB as one of two."""
    study = SparseStudy().network("v3", 21 + 1.1 * WOBBLE / WOBBLE.std(ddof=1), "versions")
    study.add("stack", 20.0).network("v4", 10.0, "versions").add("linear", 5.0)

    def verdict(of, over):
        return judged(study, {"kind": "surpass", "of": of, "over": over}, sign="higher").verdict

    assert verdict(["v3"], ["stack"]) == verdict(["v3"], ["stack", "linear"]) == "confirmed"
    assert verdict(["v3", "v4"], ["stack"]) == "undecided"
    assert verdict(["stack", "linear"], ["v3"]) == "refuted"
    assert verdict(["stack"], ["v3", "linear"]) == "undecided"


def test_every_version(study):
    spec = {"kind": "every", "of": "v[0-9]*", "over": "transformer-fixes-1-2-3"}
    assert judged(study, spec).verdict == "refuted"
    good = {**spec, "of": ["v3", "v4", "v13"]}
    assert (judged(study, good).verdict, judged(study, good).measured) == ("confirmed", "3 better")
    study.fail("v5", "diverged", "versions")
    assert judged(study, {**spec, "of": ["v3", "v5"]}).verdict == "undecided"


def test_some_above_all_others(study):
    spec = {"kind": "every", "of": ["v13", "v4"], "over": ["v3", "v14"]}
    outcome = judged(study, spec)
    assert (outcome.verdict, outcome.measured) == ("confirmed", "4 better")
    assert judged(study, {**spec, "of": ["v14"], "over": ["v3"]}).verdict == "refuted"
    with pytest.raises(NotMeasured, match="V12"):
        judged(study, {**spec, "over": ["v3", "v12"]})


@pytest.mark.parametrize(
    ("word", "verdict"), [("ignores its observations", "confirmed"), ("predicts the mean", "refuted")]
)
def test_a_diagnosis(study, word, verdict):
    spec = {"kind": "diagnosis", "of": ["transformer-original"]}
    outcome = judged(study, spec, word=word)
    assert outcome.verdict == verdict and "cost 0.1 dB" in outcome.measured
    with pytest.raises(NotMeasured):
        judged(study, {**spec, "of": ["stack"]}, word=word)


def test_a_diagnosis_in_a_group(study):
    """On unseen fields the method is blind; learned by heart, it is good at trained points alone."""
    study.overfit("transformer-original", trained_db=19.0, untrained_db=7.0)
    spec = {"kind": "diagnosis", "of": ["transformer-original"], "regime": "one-field-fixed-mask"}
    assert judged(study, spec, word="query shift").verdict == "confirmed"


def test_what_was_not_run_on_unseen_fields_is_not_measured(study):
    study.overfit("mamba-original").fail("v5", "diverged", "versions")
    for method, reason in {
        "cubic": "cubic was not run on simple",
        "mamba-original": "no psnr_mean_db on simple",
        "v5": "V5 (versions): 1 failed: diverged",
    }.items():
        with pytest.raises(NotMeasured, match=re.escape(reason)):
            judged(study, {"kind": "level", "of": method}, at_least=1)
    with pytest.raises(NotMeasured, match="no PSNR of test fields by rbf, cub"):
        judged(study, {"kind": "highest", "of": ["rbf", "cub*"]}, at_least=1)


def test_an_rms_error_is_so_many_decibels_by_the_task_s_scale(study):
    """The peak is 1: 20 log10(1 / 0.5) = 6.02."""
    outcome = judged(study, {"kind": "arithmetic", "error": 0.5, "of": "stack"}, value=6, tolerance=0.05)
    assert (outcome.verdict, outcome.measured) == ("confirmed", "6.02 dB")


def test_a_claim_has_the_interval_of_the_table(study):
    """All fixes of a backbone are one family."""
    fix = judged(
        study, {"kind": "change", "of": "transformer-fixes-1-2", "over": "transformer-fixes-1"}, sign="higher"
    )
    row = document.fix_table(study.finished(), "simple").split("Fix 2")[1].split("|")
    assert fix.measured.split(": ")[1] == f"{row[2].strip().removeprefix('better, ')} dB"


def test_the_document_is_judged(study):
    designs(study, "mamba")
    study.overfit("transformer-fixes-1-2-3", **{**BLIND, "psnr_db": 16.0}).add("linear", 12.0)
    for method in ("optimal-interpolation", "gaussian-mixture", "tangent-kriging"):
        study.add(method, 25.0)
    found = claims.judge(claims.load(FILE, "sparse"), study.finished(), "sparse").set_index("id")
    verdicts = found.verdict.to_dict()
    assert verdicts["fix-constant-mean"] == verdicts["fix-query-shift"] == "refuted"
    assert (
        verdicts["fix-constant-mean-level"]
        == verdicts["fix-overfit"]
        == verdicts["fix-baseline"]
        == "refuted"
    )
    assert verdicts["fix-divergence"] == "confirmed" and verdicts["fix-level-techniques"] == "refuted"
    assert found.loc["fix-constant-mean-level", "measured"] == "constant-mean: 9.030 dB"
    assert verdicts["fix-unseen"] == verdicts["fix-model-size"] == verdicts["fix-rms-error"] == "confirmed"
    assert set(found[found.basis == "arithmetic"].index) == {"fix-unseen", "fix-model-size", "fix-rms-error"}
    assert verdicts["fix-state-of-the-art"] == "refuted" and found.loc["fix-total", "size"] == "refuted"
    assert "| Implementation Summary |" in claims.page(found.reset_index())
