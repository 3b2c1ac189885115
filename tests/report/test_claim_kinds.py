"""Each kind of statement, confirmed, refuted and undecided on made-up numbers."""

import pytest
from fieldbench.inversion.report.results import Study as InversionReport
from fieldbench.report.claim_kinds import Expected, measure
from fieldbench.report.claims import kinds_of
from fieldbench.report.evidence import Evidence, NotMeasured
from fieldbench.report.formatting import change_text
from fieldbench.report.results import Study

from tests.inversion.report.study import ABOUT

REGIMES = {"strict": {"base_resolution": 1, "max_resolution": 32, "levels": 16, "table_size": 524288}}


def judged(study, spec, expected=None):
    """The outcome of a statement about regime strict of plage-synthetic."""
    return on(study, "plage-synthetic", {"regime": "strict", **spec}, expected or {})


def on(study, dataset, spec, expected):
    """The outcome of a statement about a data set."""
    evidence = Evidence(Study(study.results(), {"regimes": REGIMES}), dataset)
    return measure(kinds_of("inversion"), evidence, spec, expected)


def change(**more):
    return {"kind": "change", "metric": "loss_total_ic2", "of": "v1", "over": "v0", **more}


@pytest.mark.parametrize(
    ("loss", "sign", "verdict"),
    [
        (3.9e-6, "lower", "confirmed"),
        (4.1e-6, "lower", "refuted"),
        (4.0e-6, "lower", "undecided"),
        (4.1e-6, "higher", "confirmed"),
        (3.9e-6, "higher", "refuted"),
        (4.1e-6, "not lower", "confirmed"),
        (3.9e-6, "not lower", "refuted"),
        (3.9e-6, "not higher", "confirmed"),
        (4.1e-6, "not higher", "refuted"),
        (4.0e-6, "not higher", "undecided"),
    ],
)
def test_the_sign_of_a_change(study, loss, sign, verdict):
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=loss)
    assert judged(study, change(), {"sign": sign}).verdict == verdict


def test_the_stated_size_is_looked_for_in_the_interval(study):
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=3.9e-6)
    near = judged(study, change(), {"sign": "lower", "percent": -2.5})
    far = judged(study, change(), {"sign": "lower", "percent": -21})
    assert (near.verdict, near.size) == ("confirmed", "confirmed")
    assert (far.verdict, far.size) == ("confirmed", "refuted")
    assert near.measured.startswith("-2.") and "[" in near.measured


def test_one_seed_leaves_a_change_undecided(study):
    study.add("strict", "v0", seeds=(0,)).add("strict", "v1", seeds=(0,), loss_total_ic2=1e-6)
    outcome = judged(study, change(), {"sign": "lower", "percent": -75})
    assert (outcome.verdict, outcome.size) == ("undecided", "")


def test_equal_runs_refute_a_change_but_not_its_absence(study):
    study.add("strict", "v0", parameter_count=100).add("strict", "v1", parameter_count=100)
    spec = change(metric="parameter_count")
    assert judged(study, spec, {"sign": "higher"}).verdict == "refuted"
    assert judged(study, spec, {"sign": "not higher"}).verdict == "confirmed"


def test_a_change_from_zero_has_no_ratio(study):
    study.add("strict", "v0", plane_bytes=0).add("strict", "v1", plane_bytes=100)
    with pytest.raises(NotMeasured, match="plane_bytes is zero for v1 or v0"):
        judged(study, change(metric="plane_bytes"), {"sign": "higher", "percent": 3})


def test_an_undecided_sign_says_how_many_draws_would_decide_it(study):
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=4.0e-6)
    outcome = judged(study, change(), {"sign": "lower"})
    assert outcome.verdict == "undecided" and "times as many draws would decide" in outcome.measured


def test_a_change_in_a_table_is_judged_by_the_interval_that_stands_there(study):
    """One of many methods against the reference: what stands alone may fall in the crowd, on both pages alike."""
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=3.97e-6)
    for index in range(12):
        study.add("strict", f"v2-{index}")
    made = InversionReport(study.results(), {**ABOUT, "regimes": {**ABOUT["regimes"], **REGIMES}})
    evidence = Evidence(made, "plage-synthetic")
    spec = {**change(), "regime": "strict"}
    outcome = measure(kinds_of("inversion"), evidence, spec, {"sign": "lower"})
    keys = made.rows("plage-synthetic", "strict")
    row = made.against(keys, made.reference("plage-synthetic", "strict"), "loss_total_ic2")[keys[1]]
    assert outcome.measured.startswith(change_text(row))
    assert row.family == 13 and row.verdict == "undecided" and row.among(1).verdict == "better"
    assert outcome.verdict == "undecided"


@pytest.mark.parametrize(("plain", "verdict"), [(0.255, "confirmed"), (0.40, "refuted")])
def test_a_change_within_limits(study, plain, verdict):
    study.add("strict", "v0").add("strict", "v1").time("strict", "v0", 0.25).time("strict", "v1", plain)
    assert judged(study, change(metric="plain_step_seconds"), {"within": 5}).verdict == verdict


def test_a_change_between_regimes(study):
    study.add("strict", "v1", held_out_b_los_chi2=1.1).add("open", "v1", held_out_b_los_chi2=1.6)
    spec = change(metric="held_out_b_los_chi2", over="v1", regime="open", over_regime="strict")
    assert judged(study, spec, {"sign": "higher"}).verdict == "confirmed"
    assert judged(study, spec, {"sign": "lower"}).verdict == "refuted"


@pytest.mark.parametrize(
    ("expected", "verdict"),
    [
        ({"value": 144}, "refuted"),
        ({"value": 22}, "confirmed"),
        ({"value": 20, "tolerance": 0.2}, "confirmed"),
    ],
)
def test_a_scaled_value(study, expected, verdict):
    study.add("strict", "v2", smoother_count=44)
    spec = {"kind": "level", "metric": "smoother_count", "of": "v2", "scale": 0.5}
    assert judged(study, spec, expected).verdict == verdict


def test_a_value_with_spread(study):
    study.add("strict", "v2")
    spec = {"kind": "level", "metric": "loss_total_ic2", "of": "v2"}
    assert judged(study, spec, {"value": 4.0e-6, "tolerance": 0.01}).verdict == "confirmed"
    assert judged(study, spec, {"value": 4.0e-6, "tolerance": 1e-9}).verdict == "undecided"
    assert judged(study, spec, {"value": 4.4e-4, "tolerance": 0.01}).verdict == "refuted"


def test_a_sum_and_a_difference(study):
    study.add("strict", "v3", smoother_count=44, predictor_count=2464, network_count=9000)
    study.add("strict", "v2", network_count=12840)
    total = {"kind": "level", "metric": ["smoother_count", "predictor_count"], "of": "v3"}
    less = {"kind": "level", "metric": "network_count", "of": "v3", "over": "v2"}
    assert judged(study, total, {"value": 2508}).measured == "2,508"
    assert judged(study, less, {"value": -3840}).verdict == "confirmed"
    assert judged(study, less, {"value": 0}).verdict == "refuted"


@pytest.mark.parametrize(
    ("loss", "verdict"), [(3.5e-6, "confirmed"), (4.5e-6, "refuted"), (4.0e-6, "undecided")]
)
def test_the_best_of_several(study, loss, verdict):
    study.add("strict", "v6", loss_total_ic2=loss).add("strict", "v0").add(
        "strict", "v1", loss_total_ic2=4.2e-6
    )
    spec = {"kind": "best", "metric": "loss_total_ic2", "of": "v6", "among": ["v0", "v1"]}
    outcome = judged(study, spec)
    assert outcome.verdict == verdict
    assert outcome.measured.startswith("closest rival V0")


def test_equals_do_not_take_the_first_place_away(study):
    study.add("strict", "v0", parameter_count=9).add("strict", "v1", parameter_count=9)
    spec = {"kind": "best", "metric": "parameter_count", "of": "v0", "among": ["v1"]}
    assert judged(study, spec).verdict == "confirmed"


@pytest.mark.parametrize(
    ("rival", "verdict", "text"),
    [
        ({"loss_total_ic2": 3.5e-6, "train_seconds": 9.0}, "confirmed", "surpassed by none"),
        ({"loss_total_ic2": 3.5e-6, "train_seconds": 3.0}, "refuted", "surpassed by V6"),
        ({"loss_total_ic2": 4.0e-6, "train_seconds": 3.0}, "undecided", "not decided against V6"),
    ],
)
def test_surpassed_in_every_respect(study, rival, verdict, text):
    study.add("strict", "v1").add("strict", "v0", loss_total_ic2=5e-6).add("strict", "v6", **rival)
    metrics = ["loss_total_ic2", "train_seconds"]
    outcome = judged(study, {"kind": "undominated", "metrics": metrics, "of": "v1", "among": ["v0", "v6"]})
    assert (outcome.verdict, outcome.measured) == (verdict, text)


def test_equal_in_one_respect_and_better_in_the_other_surpasses(study):
    study.add("strict", "v1", parameter_count=9).add("strict", "v0", parameter_count=9, loss_total_ic2=3e-6)
    metrics = ["loss_total_ic2", "parameter_count"]
    spec = {"kind": "undominated", "metrics": metrics, "of": "v1", "among": ["v0"]}
    assert judged(study, spec).verdict == "refuted"


@pytest.mark.parametrize(
    ("shares", "verdict"), [([0, 0, 0], "confirmed"), ([0, 0, 0.2], "refuted"), ([0, 0], "undecided")]
)
def test_every_run_keeps_a_limit(study, shares, verdict):
    study.add("strict", "v0", seeds=tuple(range(len(shares))), spread=0, loss_rise_b_los_fraction=shares)
    spec = {"kind": "each", "metrics": ["loss_rise_b_los_fraction"], "of": ["v0"]}
    outcome = judged(study, spec, {"at_most": 0})
    assert outcome.verdict == verdict
    assert outcome.measured.startswith(f"{shares.count(0)} of {len(shares)} values")


def test_two_sided_limits(study):
    study.add("strict", "v0", steps_to_1pct_b_los_count=150)
    spec = {"kind": "each", "metrics": ["steps_to_1pct_b_los_count"], "of": ["v0"]}
    assert judged(study, spec, {"at_least": 3000, "at_most": 4000}).verdict == "refuted"
    assert judged(study, spec, {"at_least": 100, "at_most": 200}).verdict == "confirmed"


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [([150, 151, 149], "confirmed"), ([290, 300, 310], "refuted"), ([100, 300, 250], "undecided")],
)
def test_alike(study, steps, verdict):
    study.add("strict", "v0", seeds=(0, 1, 2), steps_to_1pct_b_los_count=[150, 151, 152])
    study.add("strict", "v1", seeds=(0, 1, 2), steps_to_1pct_b_los_count=steps)
    spec = {"kind": "alike", "metric": "steps_to_1pct_b_los_count", "among": ["v0", "v1"]}
    assert judged(study, spec, {"within": 25}).verdict == verdict


def test_completed(study):
    study.add("strict", "v0").add("strict", "v1")
    spec = {"kind": "completed", "of": ["v0", "v1"]}
    assert judged(study, spec).verdict == "confirmed"
    outcome = judged(study.fail("strict", "v1", 7, "diverged"), spec)
    assert outcome.verdict == "refuted" and "V1: 1 failed: diverged" in outcome.measured


def test_arithmetic_of_a_grid(study):
    study.add("strict", "v0")
    assert (
        judged(study, {"kind": "arithmetic", "quantity": "dense_levels"}, {"value": 16}).verdict
        == "confirmed"
    )
    assert (
        judged(study, {"kind": "arithmetic", "quantity": "dense_levels"}, {"value": 12}).verdict == "refuted"
    )
    assert (
        judged(study, {"kind": "arithmetic", "quantity": "colliding_levels"}, {"at_least": 1}).verdict
        == "confirmed"
    )
    assert (
        judged(study, {"kind": "arithmetic", "quantity": "colliding_levels"}, {"at_least": 14}).verdict
        == "refuted"
    )
    with pytest.raises(NotMeasured, match="no such level"):
        judged(study, {"kind": "arithmetic", "quantity": "first_hashed_resolution"}, {"at_least": 724})
    with pytest.raises(NotMeasured, match="no regime open"):
        judged(study, {"kind": "arithmetic", "quantity": "dense_levels", "regime": "open"}, {"value": 12})


@pytest.mark.parametrize(
    ("loss", "plain", "verdict"),
    [(3.9e-6, 0.2, "confirmed"), (3.9e-6, 0.3, "refuted"), (4.0e-6, 0.2, "undecided")],
)
def test_all_parts_must_hold(study, loss, plain, verdict):
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=loss)
    study.time("strict", "v0", 0.25).time("strict", "v1", plain)
    parts = [
        {"measure": change(regime="strict", metric=metric), "expected": {"sign": "lower"}}
        for metric in ("loss_total_ic2", "plain_step_seconds")
    ]
    assert on(study, "plage-synthetic", {"kind": "all_of", "parts": parts}, {}).verdict == verdict


def test_what_is_missing_is_named(study):
    study.add("strict", "v0").fail("strict", "v1", 0, "diverged")
    with pytest.raises(NotMeasured, match=r"V1 \(strict\): 1 failed: diverged"):
        judged(study, change(), {"sign": "lower"})
    with pytest.raises(NotMeasured, match="V4 was not run in regime strict on plage-synthetic"):
        judged(study, change(of="v4"), {"sign": "lower"})
    with pytest.raises(NotMeasured, match="no plain_step_seconds on plage-synthetic"):
        judged(study, change(metric="plain_step_seconds", of="v0"), {"sign": "lower"})


def test_a_skipped_data_set_gives_its_reason(study):
    study.add("strict", "v0")
    study.dataset = "plage-crisp5173"
    study.fail("-", "-", 0, "the file is not there", status="skipped")
    with pytest.raises(NotMeasured, match="plage-crisp5173: the file is not there"):
        on(study, "plage-crisp5173", change(regime="strict"), {"sign": "lower"})


def test_expectations_as_text():
    assert Expected(sign="lower", percent=-1.9).text() == "lower, -1.9 %"
    assert Expected(value=4.3815e-4, tolerance=0.005).text() == "4.3815e-04, ± 0.5 %"
    assert Expected(value=4194304).text() == "4,194,304"
    assert Expected(at_least=3000, at_most=4000).text() == "at least 3000, at most 4000"
    with pytest.raises(ValueError, match="sideways"):
        Expected(sign="sideways")
