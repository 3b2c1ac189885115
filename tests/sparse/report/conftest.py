"""Made-up studies of sparse fields."""

import pytest

from tests.sparse.report.study import SparseStudy, bar, designs, techniques


@pytest.fixture
def study():
    """Nothing yet."""
    return SparseStudy()


@pytest.fixture
def full(study):
    """Everything there is, on waves and on one observed field."""
    techniques(designs(bar(study)))
    study.overfit("transformer-fixes-1-2-3", psnr_db=16.0, aliased_fraction=0.7)
    errors = {"rmse_area_weighted_data": 0.16, "rmse_below_60_degrees_data": 0.13, "crps_data": 0.1}
    bar(study, "sst-anomaly", **errors, coverage90_fraction=0.91)
    return study
