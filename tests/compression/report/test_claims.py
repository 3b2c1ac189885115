"""Statements about files, judged over inputs and seeds, and the document on compression as a whole."""

from pathlib import Path

import pytest
import yaml
from fieldbench.compression.report.evidence import Evidence
from fieldbench.report import claims
from fieldbench.report.claim_kinds import measure
from fieldbench.report.evidence import NotMeasured

from tests.compression.report.study import RATES, MadeUp, annealing, images, quality, quantizers

CONFIG = Path(__file__).resolve().parents[3] / "config"
FILE = CONFIG / "claims" / "compression.yaml"
ALL = "[bsp]*"  # every photograph


@pytest.fixture
def made():
    return images(MadeUp())


def judged(made, spec, dataset=ALL, **expected):
    evidence = Evidence(made.study(), dataset)
    return measure(claims.kinds_of("compression"), evidence, spec, expected)


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ({"at_least": 3}, "confirmed"),
        ({"at_least": 9}, "refuted"),
        ({"at_least": 1.5, "at_most": 2}, "refuted"),
    ],
)
def test_a_ratio_of_sizes_has_a_sign_and_a_size(made, limits, size):
    outcome = judged(made, {"kind": "times", "of": "shacira", "over": "ngp-half"}, **limits)
    assert (outcome.verdict, outcome.size) == ("confirmed", size)
    assert outcome.measured == "4.0 × [4.0, 4.0] smaller over 3 inputs"


def test_a_claim_has_the_interval_of_the_page(made):
    outcome = judged(made, {"kind": "change", "of": "pyramid", "over": "jpeg"}, sign="lower")
    assert outcome.measured.removesuffix(" over 3 inputs") in made.page()


def test_two_inputs_decide_nothing_and_show_their_ratios(made):
    outcome = judged(made, {"kind": "times", "of": "shacira", "over": "ngp-half"}, "[bs]*", at_least=3)
    assert (outcome.verdict, outcome.size) == ("undecided", "undecided")
    assert outcome.measured == "4.0 × smaller over 2 inputs (ratios 0.2500; 0.2500)"


def test_codecs_are_compared_by_their_rates_alone(made):
    with pytest.raises(NotMeasured, match="not by psnr_db"):
        judged(made, {"kind": "change", "of": "shacira", "over": "jpeg", "metric": "psnr_db"}, sign="lower")


@pytest.mark.parametrize(("limit", "verdict"), [(7, "confirmed"), (7.8, "undecided"), (9, "refuted")])
def test_the_largest_ratio_is_that_of_one_input(made, limit, verdict):
    """4 / 0.7 = 5.7 on busy and 5.5 / 0.7 = 7.86 on smooth, where seeds differ by 1 %."""
    for name, scale in (("busy", 4.0), ("smooth", 5.5)):
        made.codec("ngp-float32", scale, (name,), seeds=(0, 1, 2), learned=True, wobble=0.01)
    spec = {"kind": "largest_times", "of": "pyramid", "over": "ngp-float32"}
    outcome = judged(made, spec, at_least=limit)
    assert outcome.verdict == verdict and "on smooth, the largest of 2" in outcome.measured


def test_a_change_of_rate_has_a_sign(made):
    quantizers(made)
    spec = {"kind": "change", "of": "shacira", "over": "shacira-ste"}
    outcome = judged(made, spec, sign="lower")
    assert (outcome.verdict, outcome.measured.split(" [")[0]) == ("confirmed", "-4.92 %")
    assert outcome.measured.endswith("on busy")
    assert judged(made, spec, sign="higher").verdict == "refuted"


@pytest.mark.parametrize(
    ("levels", "steps", "trend"),
    [
        ((25.0, 26.0, 27.0), "confirmed", "confirmed"),
        ((25.0, 27.0, 26.0), "refuted", "confirmed"),
        ((27.0, 26.0, 25.0), "refuted", "refuted"),
    ],
)
def test_every_step_and_the_whole_way(levels, steps, trend):
    made = annealing(MadeUp(), levels)
    spec = {"metric": "psnr_db", "of": "shacira-annealing"}
    assert judged(made, {"kind": "each_step", **spec}, sign="higher").verdict == steps
    assert judged(made, {"kind": "trend", **spec}, sign="higher").verdict == trend


def test_operating_points_are_ordered_by_a_metric():
    """Named against their order: the point z has the smallest weight."""
    made = MadeUp()
    for point, weight, level in (("z", 1e-4, 32.0), ("m", 1e-3, 30.0), ("a", 1e-2, 25.0)):
        for seed in range(3):
            made.file(
                "shacira",
                point,
                0.5,
                level + 0.01 * seed,
                seed=seed,
                learned=True,
                lambda_per_pixel_ratio=weight,
            )
    spec = {"kind": "trend", "metric": "psnr_db", "of": "shacira"}
    outcome = judged(made, {**spec, "along": "lambda_per_pixel_ratio"}, at_most=-3)
    assert (
        outcome.verdict == "confirmed"
        and outcome.measured == "from 32.01 to 25.01: -7.000 [-7.028, -6.972] dB"
    )
    assert judged(made, spec, at_most=-3).verdict == "refuted"  # from a to z it rises


def test_every_file_keeps_a_limit(made):
    spec = {"kind": "each", "metrics": ["instability_count"], "of": ["shacira"]}
    outcome = judged(made, spec, at_most=0)
    assert (outcome.verdict, outcome.measured) == ("confirmed", "36 of 36 values; from 0.000 to 0.000")


def test_a_share_of_runs_has_an_exact_interval(made):
    """None of 36 is at most 9.7 % (1 - 0.025 ** (1 / 36)); 1 of 37 may be 14 %."""
    spec = {"kind": "share", "metric": "instability_count", "of": "shacira"}
    outcome = judged(made, spec, at_most=0.1)
    assert (outcome.verdict, outcome.measured) == ("confirmed", "0 of 36 runs [0 %, 10 %]")
    made.file("shacira", "p9", 3.0, 40.0, learned=True, instability_count=1)
    assert judged(made, spec, at_most=0.1).verdict == "undecided"
    assert judged(made, spec, at_least=0.2).verdict == "refuted"


def flagged(flags):
    """A codec `a` of four operating points on one input, with a flag for each of three seeds of them."""
    made = MadeUp()
    for point, row in zip(RATES, flags, strict=True):
        for seed, flag in enumerate(row):
            made.file("shacira-ste", point, RATES[point], 30.0, seed=seed, learned=True, plateau_count=flag)
    return made


@pytest.mark.parametrize(
    ("flags", "verdict", "text"),
    [
        ([[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0]], "confirmed", "0 of 6 runs, against 6 of 6 runs"),
        ([[0, 0, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1]], "refuted", "6 of 6 runs, against 0 of 6 runs"),
        ([[1, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]], "undecided", "0 of 6 runs, against 3 of 6 runs"),
        ([[0, 0, 0]] * 4, "undecided", "0 of 6 runs, against 0 of 6 runs"),
    ],
)
def test_what_happened_is_counted_in_the_halves_of_the_points(flags, verdict, text):
    spec = {"kind": "trend", "metric": "plateau_count", "of": "shacira-ste"}
    outcome = judged(flagged(flags), spec, sign="lower")
    assert (outcome.verdict, outcome.measured) == (verdict, text)


def test_what_happened_is_counted_against_another_codec():
    made = flagged([[1, 1, 1]] * 4).codec("shacira", 1.0, ("busy",), (0, 1, 2), learned=True)
    spec = {"kind": "rarer", "metric": "plateau_count", "of": "shacira", "over": "shacira-ste"}
    outcome = judged(made, spec, sign="lower")
    assert (outcome.verdict, outcome.measured) == ("confirmed", "0 of 12 runs, against 12 of 12 runs")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"kind": "times", "of": "shacira", "over": "ngp-3d"}, "no file by shacira and ngp-3d"),
        (
            {"kind": "trend", "metric": "vmaf_score", "of": "jpeg"},
            "fewer than two operating points with vmaf_score",
        ),
        ({"kind": "each", "metrics": ["plateau_count"], "of": "jpeg"}, "no plateau_count of jpeg"),
        ({"kind": "share", "metric": "plateau_count", "of": "jpeg"}, "no plateau_count of jpeg"),
        (
            {"kind": "rarer", "metric": "plateau_count", "of": "shacira", "over": "jpeg"},
            "no plateau_count of jpeg",
        ),
        ({"kind": "change", "of": "far", "over": "jpeg"}, "reach no common PSNR"),
    ],
)
def test_what_is_missing_is_told(made, spec, message):
    for point, rate in RATES.items():
        made.file("far", point, rate, quality(rate) + 100)
    with pytest.raises(NotMeasured, match=message):
        judged(made, spec)


def test_the_document_is_judged(made):
    for one in annealing(quantizers(made)).records:
        one["dataset"] = {"busy": "kodim14-small", "smooth": "kodim20-small", "plain": "kodim05-small"}[
            one["dataset"]
        ]
    loaded = claims.load(FILE, "compression")
    found = claims.judge(loaded, made.study(), "compression").set_index("id")
    half = found.loc["shacira-images-times-half"]
    assert (half.verdict, half["size"]) == ("confirmed", "undecided")  # 4.0, at the limit of 4
    assert found.loc["shacira-annealing-ste", "verdict"] == "confirmed"
    assert found.loc["shacira-annealing-period", "verdict"] == "confirmed"
    assert found.loc["shacira-annealing-stable", "measured"].startswith("0 of 36 runs")
    assert found.loc["shacira-video-times", "verdict"] == "not measured"
    assert found.loc["shacira-entropy", "measured"].startswith("no file by shacira and shacira-no-entropy")
    assert "| SHACIRA |" in claims.page(found.reset_index())


def test_every_codec_that_a_claim_names_is_configured():
    area = yaml.safe_load((CONFIG / "catalogue" / "compression.yaml").read_text())["compression"]
    known = {*area["codecs"], *area["standard"]}
    measured = [claim.measure for claim in claims.load(FILE, "compression") if claim.measure]
    assert {spec[key] for spec in measured for key in ("of", "over") if key in spec} <= known
    assert len(measured) >= 15
