"""Made-up studies, which the tests of what all areas share take from inversion."""

import pytest
from fieldbench.report import html

from tests.inversion.figures.conftest import PLAN, make_study
from tests.inversion.report.conftest import benchmark_study, study
from tests.inversion.report.study import ABOUT
from tests.report import made_report

__all__ = ["benchmark_study", "make_study", "report_config", "study"]


@pytest.fixture
def report_config():
    """What is said of the configuration."""
    return ABOUT


@pytest.fixture(scope="session")
def highlights(make_study):
    """What the report shows of a small field."""
    reference = (*PLAN["reference"], made_report.HOSTILE)
    return made_report.shown(make_study(plan={**PLAN, "reference": reference}))


@pytest.fixture(scope="session")
def report_page(highlights):
    """The whole report of it, with a run that failed."""
    failed = {"method": made_report.HOSTILE, "seed": 99, "status": "failed", "reason": "diverged <b>here</b>"}
    broken = {**highlights["runs"][0], **failed}
    area = {**highlights, "runs": [*highlights["runs"], broken], "absent": {"hinode": "no file"}}
    return html.page([area], [made_report.judged()], made_report.parts())
