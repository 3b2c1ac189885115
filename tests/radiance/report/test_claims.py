"""Statements about radiance fields, judged over seeds and scenes, and the document on Instant-NGP as a whole."""

from pathlib import Path

import pytest
import yaml
from fieldbench.radiance.report.evidence import Evidence
from fieldbench.report import claims
from fieldbench.report.claim_kinds import measure
from fieldbench.report.evidence import NotMeasured

from tests.radiance.report.study import MadeUp, everything
from tests.report.pages import row

CONFIG = Path(__file__).resolve().parents[3] / "config"
FILE = CONFIG / "claims" / "radiance.yaml"
BOUND = "at least 2.0 × sooner at 30 dB on mic"
SAVING = {
    "kind": "times",
    "metric": "queries_per_ray_count",
    "over_metric": "dense_queries_per_ray_count",
    "of": "hash",
    "equal_to": "hash-dense",
}


@pytest.fixture
def made():
    return everything(MadeUp())


def judged(made, spec, scene="mic", **expected):
    evidence = Evidence(made.study(), scene)
    return measure(claims.kinds_of("radiance"), evidence, spec, expected)


@pytest.mark.parametrize(
    ("limits", "size"),
    [({"at_least": 10, "at_most": 100}, "confirmed"), ({"at_least": 100}, "refuted")],
)
def test_queries_are_fewer_and_by_a_number_of_times(made, limits, size):
    outcome = judged(made, SAVING, **limits)
    assert (outcome.verdict, outcome.size, outcome.measured) == ("confirmed", size, "70 × smaller on mic")


def test_over_several_scenes_each_counts_once(made):
    assert judged(made, SAVING, "*", at_least=10).measured == "70 × smaller over 2 scenes"


def test_a_saving_at_a_lower_quality_does_not_count():
    made = MadeUp().add("hash", 30.0).add("hash-dense", 31.0, queries=280.0)
    with pytest.raises(NotMeasured, match=r"PSNR of hash is 1\.00 dB below that of hash-dense, on mic"):
        judged(made, SAVING, at_least=10)


def test_methods_are_compared_within_one_experiment(made):
    """The full system of the ingredients has half the other's queries, and is not set against the dense arm elsewhere."""
    spec = {
        "kind": "times",
        "metric": "queries_per_ray_count",
        "of": "hash",
        "over": "hash-without-termination",
    }
    assert judged(made, spec, at_least=1).measured == "2.0 × smaller on mic"
    with pytest.raises(NotMeasured, match="no experiment on a scene mic holds"):
        judged(made, {**spec, "over": "voxel", "of": "plain"}, at_least=1)


def test_a_zero_gives_no_ratio(made):
    for name in ("hash", "voxel"):
        made.add(name, 30.0, "new", density_multiply_adds_count=0 if name == "voxel" else 3000)
    spec = {"kind": "times", "metric": "density_multiply_adds_count", "of": "hash", "over": "voxel"}
    with pytest.raises(NotMeasured, match="zero for hash or voxel"):
        judged(made, spec, "new", at_least=1)


@pytest.mark.parametrize(("limit", "verdict"), [(-1.5, "confirmed"), (-0.5, "refuted")])
def test_a_difference_lies_within_its_limits(made, limit, verdict):
    spec = {"kind": "change", "metric": "psnr_db", "of": "voxel", "over": "hash"}
    outcome = judged(made, spec, at_least=limit)
    assert outcome.verdict == verdict and outcome.measured.startswith("-1.000 [")
    assert outcome.measured.endswith("dB on mic")
    assert judged(made, spec, sign="lower").verdict == "confirmed"


@pytest.mark.parametrize(
    ("of", "over", "stated", "verdicts", "text"),
    [
        ("hash", "hash-dense", {"sign": "higher"}, ("confirmed", ""), "4.0 × sooner at 28 dB on mic"),
        ("hash", "voxel", {"sign": "higher"}, ("refuted", ""), "0.25 × sooner at 28 dB on mic"),
        ("hash", "hash-dense", {"at_least": 1000}, ("confirmed", "refuted"), "4.0 × sooner at 28 dB on mic"),
        ("hash", "frequency", {"sign": "higher"}, ("confirmed", ""), BOUND),
        ("hash", "frequency", {"at_least": 1000}, ("confirmed", "undecided"), BOUND),
        ("hash", "frequency", {"at_most": 1.5}, ("refuted", ""), BOUND),
        ("frequency", "hash", {"sign": "higher"}, ("refuted", ""), "at most 0.50 × sooner at 30 dB on mic"),
        ("frequency", "hash", {"at_most": 1}, ("confirmed", ""), "at most 0.50 × sooner at 30 dB on mic"),
        (
            "frequency",
            "hash",
            {"at_most": 0.4},
            ("confirmed", "undecided"),
            "at most 0.50 × sooner at 30 dB on mic",
        ),
    ],
)
def test_a_quality_is_reached_sooner(made, of, over, stated, verdicts, text):
    outcome = judged(made, {"kind": "sooner", "of": of, "over": over}, **stated)
    assert ((outcome.verdict, outcome.size), outcome.measured) == (verdicts, text)


def test_methods_that_never_reach_a_quality_are_not_compared(made):
    with pytest.raises(
        NotMeasured, match="plain and plain-with-termination have no time to a PSNR in common"
    ):
        judged(made, {"kind": "sooner", "of": "plain", "over": "plain-with-termination"}, at_least=1)


@pytest.mark.parametrize(("limit", "verdict"), [(9000, "confirmed"), (8999, "refuted")])
@pytest.mark.parametrize("scenes", ["mic", "*"])
def test_what_follows_from_the_build_needs_no_draws(made, limit, verdict, scenes):
    metrics = ["density_multiply_adds_count", "colour_multiply_adds_count"]
    outcome = judged(made, {"kind": "level", "metric": metrics, "of": "hash"}, scenes, at_most=limit)
    assert (outcome.verdict, outcome.measured) == (verdict, "9,000")


def test_a_level_over_scenes_is_that_of_seeds_means(made):
    """hash has 31 dB on both scenes, its seeds 30.98, 31 and 31.02 dB: 4.303 x 0.02 / sqrt(3) to either side."""
    outcome = judged(made, {"kind": "level", "metric": "psnr_db", "of": "hash"}, "*", at_least=30.9)
    assert (outcome.verdict, outcome.measured) == ("confirmed", "31.000 [30.950, 31.050] dB")


@pytest.mark.parametrize(("limit", "kept", "verdict"), [(31.1, 6, "confirmed"), (31.0, 4, "refuted")])
def test_every_seed_on_every_scene_keeps_a_limit(made, limit, kept, verdict):
    """Seeds of hash have 30.98, 31 and 31.02 dB on both."""
    outcome = judged(made, {"kind": "each", "metric": "psnr_db", "of": "hash"}, "*", at_most=limit)
    assert outcome.verdict == verdict and outcome.measured.startswith(f"{kept} of 6 values")


def test_what_is_said_of_gpus_is_measured_on_them_alone(made, monkeypatch):
    spec = {"kind": "change_on_gpu", "metric": "sample_seconds", "of": "hash-with-half", "over": "hash"}
    with pytest.raises(NotMeasured, match="about a GPU, and this was measured on cpu"):
        judged(made, spec, sign="lower")
    monkeypatch.setattr(MadeUp, "device", "cuda")
    outcome = judged(everything(MadeUp()), spec, sign="lower")
    assert outcome.verdict == "confirmed" and outcome.measured.startswith("-10.0 %")


def test_a_claim_has_the_interval_of_the_table(made):
    """Three seeds that differ by 0.02 dB, one of five comparisons: 4.577 sqrt(2 / 3) 0.02 to either side."""
    spec = {"kind": "change", "metric": "psnr_db", "of": "voxel", "over": "hash"}
    assert judged(made, spec, sign="lower").measured == "-1.000 [-1.075, -0.925] dB on mic"
    assert "worse, -1.000 [-1.075, -0.925]" in row(made.page(), "**voxel**", "### Equal time: mic")


def test_the_reason_of_a_failure_is_told(made):
    made.fail("hash-with-fused", "no CUDA device", experiment="ingredients")
    spec = {"kind": "times", "metric": "sample_seconds", "of": "hash-with-fused", "over": "hash-with-half"}
    with pytest.raises(NotMeasured, match="1 failed: no CUDA device"):
        judged(made, spec, at_least=5)


def test_the_document_is_judged(made):
    loaded = claims.load(FILE, "radiance")
    found = claims.judge(loaded, made.study(), "radiance").set_index("id")
    assert found.loc["ngp-1000-times", ["verdict", "size"]].tolist() == ["confirmed", "undecided"]
    assert found.loc["ngp-1000-times", "measured"] == "at least 2.5 × sooner at 28 dB on mic"
    assert found.loc["ngp-fewer-steps", ["verdict", "measured"]].tolist() == [
        "confirmed",
        "70 × smaller over 2 scenes",
    ]
    assert found.loc["ngp-fewer-steps-masks", "measured"].startswith("140 ×")
    gpu = (
        "ngp-half-training",
        "ngp-half-inference",
        "ngp-voxels-memory",
        "ngp-little-memory",
        "ngp-fused-times",
    )
    for name in gpu:
        assert "about a GPU" in found.loc[name, "measured"]
        assert (found.loc[name, "verdict"], found.loc[name, "left"]) == (
            "not measured",
            claims.CLASSES["device"],
        )
    assert found.loc["ngp-memory-for-compute", ["verdict", "basis"]].tolist() == ["confirmed", "arithmetic"]
    assert found.loc["ngp-on-chip", "verdict"] == "confirmed"
    assert found.loc["ngp-near-voxels", "verdict"] == "confirmed"
    assert "| Why Instant-NGP Is Fast |" in claims.page(found.reset_index())
    assert (found.verdict != "not measured").sum() >= 15


def test_every_method_that_a_claim_names_is_configured():
    known = set(yaml.safe_load((CONFIG / "catalogue" / "radiance.yaml").read_text())["radiance"]["methods"])
    specs = [claim.measure for claim in claims.load(FILE, "radiance") if claim.measure]
    assert {spec[word] for spec in specs for word in ("of", "over", "equal_to") if word in spec} <= known


def test_without_runs_every_claim_says_why(made):
    made.records = []
    made.fail("hash", "no file", status="skipped")
    found = claims.judge(claims.load(FILE, "radiance"), made.study(), "radiance")
    assert set(found.verdict) == {"not measured"} and found.measured.str.len().min() > 20
