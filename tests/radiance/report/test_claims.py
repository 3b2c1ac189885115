"""Statements about radiance fields, judged over seeds and scenes, and the document on Instant-NGP as a whole."""

from pathlib import Path

import pytest
import yaml
from fieldbench.radiance.report.evidence import Evidence
from fieldbench.report import claims
from fieldbench.report.claim_kinds import measure
from fieldbench.report.evidence import NotMeasured
from fieldbench.report.results import Study
from fieldbench.report.tables import Results

from tests.radiance.report.study import RadianceStudy, everything

CONFIG = Path(__file__).resolve().parents[3] / "config"
FILE = CONFIG / "claims" / "radiance.yaml"
SAVING = {
    "kind": "times",
    "metric": "queries_per_ray_count",
    "over_metric": "dense_queries_per_ray_count",
    "of": "hash",
    "equal_to": "hash-dense",
}


@pytest.fixture
def study():
    return everything(RadianceStudy())


def judged(study, spec, scene="mic", **expected):
    evidence = Evidence(Study(Results(study.long), {}), scene)
    return measure(claims.kinds_of("radiance"), evidence, spec, expected)


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [({"at_least": 10, "at_most": 100}, "confirmed"), ({"at_least": 100}, "refuted")],
)
def test_queries_are_fewer_by_a_number_of_times(study, limits, verdict):
    outcome = judged(study, SAVING, **limits)
    assert (outcome.verdict, outcome.measured) == (verdict, "70 × smaller on mic")


def test_over_several_scenes_each_counts_once(study):
    assert judged(study, SAVING, "*", at_least=10).measured == "70 × smaller over 2 scenes"


def test_a_saving_at_a_lower_quality_does_not_count():
    study = RadianceStudy().add("hash", 30.0).add("hash-dense", 31.0, queries=280.0)
    with pytest.raises(NotMeasured, match=r"PSNR of hash is 1\.00 dB below that of hash-dense, on mic"):
        judged(study, SAVING, at_least=10)


def test_methods_are_compared_within_one_experiment(study):
    """The full system of the ingredients has half the other's queries, and is not set against the dense arm elsewhere."""
    spec = {
        "kind": "times",
        "metric": "queries_per_ray_count",
        "of": "hash",
        "over": "hash-without-termination",
    }
    assert judged(study, spec, at_least=1).measured == "2.0 × smaller on mic"
    with pytest.raises(NotMeasured, match="no experiment on a scene mic holds"):
        judged(study, {**spec, "over": "voxel", "of": "plain"}, at_least=1)


def test_a_zero_gives_no_ratio(study):
    for name in ("hash", "voxel"):
        study.add(name, 30.0, "new", density_multiply_adds_count=0 if name == "voxel" else 3000)
    spec = {"kind": "times", "metric": "density_multiply_adds_count", "of": "hash", "over": "voxel"}
    with pytest.raises(NotMeasured, match="zero for hash or voxel"):
        judged(study, spec, "new", at_least=1)


@pytest.mark.parametrize(("limit", "verdict"), [(-1.5, "confirmed"), (-0.5, "refuted")])
def test_a_difference_lies_within_its_limits(study, limit, verdict):
    spec = {"kind": "change", "metric": "psnr_db", "of": "voxel", "over": "hash"}
    outcome = judged(study, spec, at_least=limit)
    assert outcome.verdict == verdict and outcome.measured.startswith("-1.00 [")
    assert outcome.measured.endswith("dB on mic")
    assert judged(study, spec, sign="lower").verdict == "confirmed"


@pytest.mark.parametrize(
    ("of", "over", "limits", "verdict", "text"),
    [
        ("hash", "hash-dense", {"at_least": 1}, "confirmed", "4.0 × sooner at 28 dB on mic"),
        ("hash", "voxel", {"at_least": 1}, "refuted", "0.25 × sooner at 28 dB on mic"),
        ("hash", "frequency", {"at_least": 1}, "confirmed", "at least 2.0 × sooner at 30 dB on mic"),
        ("hash", "frequency", {"at_least": 1000}, "undecided", "at least 2.0 × sooner at 30 dB on mic"),
        ("hash", "frequency", {"at_most": 1.5}, "refuted", "at least 2.0 × sooner at 30 dB on mic"),
        ("frequency", "hash", {"at_least": 1}, "refuted", "at most 0.50 × sooner at 30 dB on mic"),
        ("frequency", "hash", {"at_most": 1}, "confirmed", "at most 0.50 × sooner at 30 dB on mic"),
        ("frequency", "hash", {"at_most": 0.4}, "undecided", "at most 0.50 × sooner at 30 dB on mic"),
    ],
)
def test_a_quality_is_reached_sooner(study, of, over, limits, verdict, text):
    outcome = judged(study, {"kind": "sooner", "of": of, "over": over}, **limits)
    assert (outcome.verdict, outcome.measured) == (verdict, text)


def test_methods_that_never_reach_a_quality_are_not_compared(study):
    with pytest.raises(
        NotMeasured, match="plain and plain-with-termination have no time to a PSNR in common"
    ):
        judged(study, {"kind": "sooner", "of": "plain", "over": "plain-with-termination"}, at_least=1)


@pytest.mark.parametrize(("limit", "verdict"), [(9000, "confirmed"), (8999, "refuted")])
def test_every_run_keeps_a_limit_on_a_sum(study, limit, verdict):
    metrics = ["density_multiply_adds_count", "colour_multiply_adds_count"]
    spec = {"kind": "each", "metric": metrics, "of": "hash"}
    outcome = judged(study, spec, "*", at_most=limit)
    assert outcome.verdict == verdict and outcome.measured.startswith(
        f"{2 if limit == 9000 else 0} of 2 values"
    )


def test_the_reason_of_a_failure_is_told(study):
    study.fail("hash-with-fused", "no CUDA device", experiment="ingredients")
    spec = {"kind": "times", "metric": "sample_seconds", "of": "hash-with-fused", "over": "hash-with-half"}
    with pytest.raises(NotMeasured, match="1 failed: no CUDA device"):
        judged(study, spec, at_least=5)


def test_the_document_is_judged(study):
    loaded = claims.load(FILE, "radiance")
    found = claims.judge(loaded, Study(Results(study.long), {}), "radiance").set_index("id")
    assert found.loc["ngp-1000-times", "verdict"] == "undecided"
    assert found.loc["ngp-1000-times", "measured"] == "at least 2.5 × sooner at 28 dB on mic"
    assert found.loc["ngp-fewer-steps", ["verdict", "measured"]].tolist() == [
        "confirmed",
        "70 × smaller over 2 scenes",
    ]
    assert found.loc["ngp-fewer-steps-masks", "measured"].startswith("140 ×")
    assert found.loc["ngp-half-training", ["verdict", "measured"]].tolist() == [
        "confirmed",
        "1.1 × smaller on mic",
    ]
    assert found.loc["ngp-fused-times", "verdict"] == "not measured"
    assert "sample_seconds of hash-with-fused" in found.loc["ngp-fused-times", "measured"]
    assert found.loc["ngp-on-chip", "verdict"] == "confirmed"
    assert found.loc["ngp-near-voxels", "verdict"] == "confirmed"
    assert "| Why Instant-NGP Is Fast |" in claims.page(found.reset_index())
    assert (found.verdict != "not measured").sum() >= 15


def test_every_method_that_a_claim_names_is_configured():
    known = set(yaml.safe_load((CONFIG / "catalogue" / "radiance.yaml").read_text())["radiance"]["methods"])
    specs = [claim.measure for claim in claims.load(FILE, "radiance") if claim.measure]
    assert {spec[word] for spec in specs for word in ("of", "over", "equal_to") if word in spec} <= known


def test_without_runs_every_claim_says_why(study):
    study.records = []
    empty = Study(Results(study.fail("hash", "no file", status="skipped").long), {})
    found = claims.judge(claims.load(FILE, "radiance"), empty, "radiance")
    assert set(found.verdict) == {"not measured"} and found.measured.str.len().min() > 20
