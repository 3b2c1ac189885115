"""The page of an area that has none of its own."""

from fieldbench.inversion.report.results import Study
from fieldbench.report import claims, page

from tests.inversion.report.study import ABOUT


def made(study):
    """The study of an area that has cards of its own."""
    return Study(study.results(), ABOUT | {"figures": {"maps": {}}})


def test_it_opens_with_the_best_of_each_data_set_and_shows_every_number(benchmark_study):
    study = made(benchmark_study.fail("strict", "v5", 0, "diverged"))
    text = page.page(study, claims.judge([], study, "inversion"))
    assert page.headlines(study)[0] in text and "**plage-synthetic: " in page.headlines(study)[0]
    header = next(line for line in text.splitlines() if line.startswith("| Experiment | Method |"))
    assert "Final loss (I_c²)" in header and "B_los error, rms (G)" in header
    for row in (
        "| strict | **V6** |",
        "| reference | **regularized** |",
        "| strict | V5 | 0 | failed | diverged |",
    ):
        assert row in text
    assert "![maps](figures/inversion/maps.png)" in text and "nan" not in text


def test_where_no_method_can_be_ranked_it_says_so(study):
    study.add("strict", "v1").fail("strict", "v1", 9, "diverged")
    assert page.headlines(made(study)) == [
        "**plage-synthetic**: no method finished every run with a metric to rank by; the numbers are below."
    ]


def test_without_runs_it_says_so(study):
    study.fail("-", "-", 0, "no file", status="skipped")
    text = page.page(made(study), claims.judge([], made(study), "inversion"))
    assert "No run finished" in text and "- plage-synthetic: skipped. no file" in text
