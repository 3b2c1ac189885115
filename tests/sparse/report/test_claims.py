"""Statements in decibels, judged field by field, and the document on sparse fields as a whole."""

from pathlib import Path

import pytest
from fieldbench.report import claims
from fieldbench.report.claim_kinds import measure
from fieldbench.report.evidence import NotMeasured
from fieldbench.report.tables import Results
from fieldbench.sparse.report.evidence import Evidence
from fieldbench.sparse.report.results import Study

from tests.sparse.report.study import ABOUT, BLIND, SparseStudy, bar, designs, techniques

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


def test_the_best_of_many_stands_for_all(study):
    outcome = judged(study, {"kind": "level", "of": "v[0-9]*"}, at_least=40)
    assert outcome.verdict == "refuted" and outcome.measured.startswith("V13: 18.0 [")


@pytest.mark.parametrize(
    ("expected", "verdict"),
    [
        ({"sign": "higher"}, "confirmed"),
        ({"sign": "lower"}, "refuted"),
        ({"at_least": 0.2, "at_most": 1}, "confirmed"),
        ({"at_least": 2, "at_most": 3}, "refuted"),
    ],
)
def test_a_gain_is_paired(study, expected, verdict):
    """Fields differ by 3 dB and methods by 0.4: only pairing tells them apart."""
    spec = {"kind": "change", "of": "transformer-fixes-1-2", "over": "transformer-fixes-1"}
    assert judged(study, spec, **expected).verdict == verdict


def test_a_gain_over_the_best_of_several(study):
    spec = {"kind": "change", "of": "v[0-9]*", "over": ["gaussian-process", "stack", "no-such-method"]}
    outcome = judged(study, spec, sign="higher")
    assert outcome.verdict == "refuted" and outcome.measured.startswith("V13 against stack: -17.0")


def test_every_version(study):
    spec = {"kind": "every", "of": "v[0-9]*", "over": "base"}
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


def test_without_a_table_of_fields_nothing_is_measured(study):
    evidence = Evidence(Study(Results(study.long), ABOUT), "simple")
    with pytest.raises(NotMeasured, match="no PSNR of test fields by stack on simple"):
        measure(claims.kinds_of("sparse"), evidence, {"kind": "level", "of": "stack"}, {"at_least": 1})


def test_the_document_is_judged(study):
    designs(study, "mamba")
    study.overfit("transformer-fixes-1-2-3", **{**BLIND, "psnr_db": 16.0})
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
    assert found.loc["fix-constant-mean-level", "measured"].startswith("0 of 1 values")
    assert "| Implementation Summary |" in claims.page(found.reset_index())
