"""Statements about files, judged over inputs and seeds, and the document on compression as a whole."""

from pathlib import Path

import pytest
import yaml
from fieldbench.compression.report.evidence import Evidence
from fieldbench.report import claims
from fieldbench.report.claim_kinds import measure
from fieldbench.report.evidence import NotMeasured
from fieldbench.report.results import Study
from fieldbench.report.tables import Results

from tests.compression.report.study import RATES, CompressionStudy, annealing, images, quality, quantizers

CONFIG = Path(__file__).resolve().parents[3] / "config"
FILE = CONFIG / "claims" / "compression.yaml"
ALL = "[bs]*"  # busy and smooth


@pytest.fixture
def study():
    return images(CompressionStudy())


def judged(study, spec, dataset=ALL, **expected):
    evidence = Evidence(Study(Results(study.long), {}), dataset)
    return measure(claims.kinds_of("compression"), evidence, spec, expected)


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [({"at_least": 3, "at_most": 5}, "confirmed"), ({"at_least": 9, "at_most": 13}, "refuted")],
)
def test_a_ratio_of_sizes_lies_within_its_limits(study, limits, verdict):
    outcome = judged(study, {"kind": "times", "of": "shacira", "over": "ngp-half"}, **limits)
    assert outcome.verdict == verdict and outcome.measured == "4.0 × [4, 4] smaller over 2 inputs"


def test_the_largest_ratio_is_that_of_one_input(study):
    for name, scale in (("busy", 4.0), ("smooth", 5.5)):
        study.codec("ngp-float32", scale, datasets=(name,), seeds=(0, 1), learned=True)
    spec = {"kind": "largest_times", "of": "pyramid", "over": "ngp-float32"}
    outcome = judged(study, spec, at_least=7)
    assert outcome.verdict == "confirmed" and "on smooth, the largest of 2" in outcome.measured


def test_a_change_of_rate_has_a_sign(study):
    quantizers(study)
    spec = {"kind": "change", "of": "shacira", "over": "shacira-ste"}
    outcome = judged(study, spec, sign="lower")
    assert (outcome.verdict, outcome.measured.split(" [")[0]) == ("confirmed", "-4.7 %")
    assert outcome.measured.endswith("on busy")
    assert judged(study, spec, sign="higher").verdict == "refuted"


@pytest.mark.parametrize(
    ("levels", "steps", "trend"),
    [
        ((25.0, 26.0, 27.0), "confirmed", "confirmed"),
        ((25.0, 27.0, 26.0), "refuted", "confirmed"),
        ((27.0, 26.0, 25.0), "refuted", "refuted"),
    ],
)
def test_every_step_and_the_whole_way(levels, steps, trend):
    study = annealing(CompressionStudy(), levels)
    spec = {"metric": "psnr_db", "of": "shacira-annealing"}
    assert judged(study, {"kind": "each_step", **spec}, sign="higher").verdict == steps
    assert judged(study, {"kind": "trend", **spec}, sign="higher").verdict == trend


def test_operating_points_are_ordered_by_a_metric():
    """Named against their order: the point z has the smallest weight."""
    study = CompressionStudy()
    for point, weight, level in (("z", 1e-4, 32.0), ("m", 1e-3, 30.0), ("a", 1e-2, 25.0)):
        for seed in range(3):
            study.file(
                "shacira",
                point,
                0.5,
                level + 0.01 * seed,
                seed=seed,
                learned=True,
                lambda_per_pixel_ratio=weight,
            )
    spec = {"kind": "trend", "metric": "psnr_db", "of": "shacira"}
    outcome = judged(study, {**spec, "along": "lambda_per_pixel_ratio"}, at_most=-3)
    assert outcome.verdict == "confirmed" and outcome.measured == "from 32.01 to 25.01: -7.00 [-7.00, -7.00]"
    assert judged(study, spec, at_most=-3).verdict == "refuted"  # from a to z it rises


def test_every_file_keeps_a_limit(study):
    spec = {"kind": "each", "metrics": ["instability_count"], "of": "shacira"}
    outcome = judged(study, spec, at_most=0)
    assert (outcome.verdict, outcome.measured) == ("confirmed", "24 of 24 values; from 0.000 to 0.000")
    study.file("shacira", "p9", 3.0, 40.0, learned=True, instability_count=1)
    assert judged(study, spec, at_most=0).verdict == "refuted"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"kind": "times", "of": "shacira", "over": "ngp-3d"}, "no file by shacira and ngp-3d"),
        (
            {"kind": "trend", "metric": "vmaf_score", "of": "jpeg"},
            "fewer than two operating points with vmaf_score",
        ),
        ({"kind": "each", "metrics": ["plateau_count"], "of": "jpeg"}, "no plateau_count of jpeg"),
        ({"kind": "change", "of": "far", "over": "jpeg"}, "reach no common PSNR"),
    ],
)
def test_what_is_missing_is_told(study, spec, message):
    for point, rate in RATES.items():
        study.file("far", point, rate, quality(rate) + 100)
    with pytest.raises(NotMeasured, match=message):
        judged(study, spec)


def test_the_document_is_judged(study):
    for one in annealing(quantizers(study)).records:
        one["dataset"] = {"busy": "kodim14-small", "smooth": "kodim20-small"}[one["dataset"]]
    loaded = claims.load(FILE, "compression")
    found = claims.judge(loaded, Study(Results(study.long), {}), "compression").set_index("id")
    assert (
        found.loc["shacira-images-times-half", "verdict"] == "undecided"
    )  # 4.0, at the lower limit of 4 to 9
    assert found.loc["shacira-annealing-ste", "verdict"] == "confirmed"
    assert found.loc["shacira-annealing-period", "verdict"] == "confirmed"
    assert found.loc["shacira-annealing-stable", "measured"].startswith("24 of 24 values")
    assert found.loc["shacira-video-times", "verdict"] == "not measured"
    assert found.loc["shacira-entropy", "measured"].startswith("no file by shacira and shacira-no-entropy")
    assert "| SHACIRA |" in claims.page(found.reset_index())


def test_every_codec_that_a_claim_names_is_configured():
    area = yaml.safe_load((CONFIG / "catalogue" / "compression.yaml").read_text())["compression"]
    known = {*area["codecs"], *area["standard"]}
    measured = [claim.measure for claim in claims.load(FILE, "compression") if claim.measure]
    assert {spec[key] for spec in measured for key in ("of", "over") if key in spec} <= known
    assert len(measured) >= 15
