"""The measures of an inverted field, by hand on six pixels."""

import numpy as np
import pytest
import xarray as xr
from fieldbench import record
from fieldbench.inversion.evaluate import draws, metrics

NAMES = ["b_los", "b_q", "b_u"]
# pixels: four to train on, one held out, one masked
TRAINING = np.array([[True, True, True], [True, False, False]])
HELD_OUT = np.array([[False, False, False], [False, True, False]])
TRUE_LOS = np.array([[100.0, -100.0, 300.0], [0.0, 50.0, 1e9]])
TRUE_TRANSVERSE = np.array([[400.0, 500.0, 200.0], [600.0, 1000.0, 1e9]])
TRUE_AZIMUTH = np.array([[1.0, 90.0, 0.0], [45.0, 30.0, 0.0]])


def maps(*values):
    return (
        ("component", "y", "x"),
        np.stack([np.broadcast_to(value, (2, 3)) for value in values]).astype(float),
    )


@pytest.fixture
def problem():
    optimum = (0.0, 1e5, -1e5)
    return xr.Dataset(
        {
            "curvature": maps(1e-9, 1e-16, 4e-16),
            "optimum": maps(*optimum),
            "floor": maps(1e-6, 2e-6, 3e-6),
            "sigma": maps(10.0, 1e4, 1e4),
            "training": (("y", "x"), TRAINING),
            "held_out": (("y", "x"), HELD_OUT),
            "valid": (("y", "x"), np.array([[True, True, False], [True, True, False]])),
            "noise_variance": ("component", [1e-6, 2e-6, 4e-6]),
        },
        coords={"component": NAMES},
    )


@pytest.fixture
def data():
    truth = {"b_los_true": TRUE_LOS, "b_transverse_true": TRUE_TRANSVERSE, "azimuth_true": TRUE_AZIMUTH}
    return xr.Dataset({name: (("y", "x"), values) for name, values in truth.items()})


def field(los_error=0.0, transverse_error=0.0, azimuth_error=0.0):
    strength, angle = TRUE_TRANSVERSE + transverse_error, np.radians(TRUE_AZIMUTH + azimuth_error)
    parts = (TRUE_LOS + los_error, strength**2 * np.cos(2 * angle), strength**2 * np.sin(2 * angle))
    return xr.Dataset({"field": maps(*parts)}, coords={"component": NAMES})


def test_losses_are_means_over_training_pixels(problem, data):
    estimate = xr.Dataset(
        {"field": maps(np.array([[10, 20, 30], [40, 1e9, 1e9]]), 1e5, 0.0)}, {"component": NAMES}
    )
    found = metrics(estimate, problem, data)
    # b_los: 1e-9 (100 + 400 + 900 + 1600) / 4; b_u: 4e-16 (1e5)^2
    assert found["excess_b_los_ic2"] == pytest.approx(7.5e-7)
    assert found["excess_b_qu_ic2"] == pytest.approx(4e-6)
    assert found["floor_b_los_ic2"] == pytest.approx(1e-6) and found["floor_b_qu_ic2"] == pytest.approx(5e-6)
    assert found["loss_b_los_ic2"] == pytest.approx(1.75e-6) and found["loss_b_qu_ic2"] == pytest.approx(9e-6)
    for kind, total in (("excess", 4.75e-6), ("floor", 6e-6), ("loss", 1.075e-5)):
        assert found[f"{kind}_total_ic2"] == pytest.approx(total)


def test_held_out_misfit_is_in_units_of_the_noise(problem, data):
    estimate = xr.Dataset({"field": maps(np.array([[0, 0, 0], [0, 50, 0]]), 2e5, -1e5)}, {"component": NAMES})
    found = metrics(estimate, problem, data)
    # b_los: (1e-9 2500 + 1e-6) / 1e-6; b_q: (1e-16 1e10 + 2e-6) / 2e-6; b_u: 3e-6 / 4e-6
    assert found["held_out_b_los_chi2"] == pytest.approx(3.5)
    assert found["held_out_b_qu_chi2"] == pytest.approx((1.5 + 0.75) / 2)


def test_errors_against_the_truth_are_over_observed_pixels_and_over_filled_ones(problem, data):
    found = metrics(
        field(los_error=np.array([[5, -5, 30], [0, 0, 1e9]]), transverse_error=20.0), problem, data
    )
    assert found["b_los_rmse_gauss"] == pytest.approx(np.sqrt((25 + 25 + 900) / 4))
    assert found["filled_b_los_rmse_gauss"] == pytest.approx(0)
    assert found["b_los_coverage_fraction"] == pytest.approx(0.75)
    assert found["b_transverse_rmse_gauss"] == pytest.approx(20) and found[
        "b_transverse_correlation"
    ] == pytest.approx(1)
    # sigma of B_T is 1e4 / (2 B_T): 20 G or more only where the inferred B_T is at most 250 G
    assert found["b_transverse_coverage_fraction"] == pytest.approx(0.25)
    assert found["azimuth_median_error_degree"] == pytest.approx(0, abs=1e-9)


def test_azimuths_are_folded_and_compared_where_the_field_is_strong(problem, data):
    # 400 G at azimuth 1 becomes 179, i.e. 2 degrees off; the 200 G pixel, 80 degrees off, does not count
    error = np.array([[-2.0, 3.0, 80.0], [4.0, 5.0, 0.0]])
    found = metrics(field(azimuth_error=error), problem, data)
    assert found["azimuth_median_error_degree"] == pytest.approx(3)
    assert found["filled_azimuth_median_error_degree"] == pytest.approx(5)
    # 1 sigma is 1.8, 1.1, 0.8 and 0.3 degrees
    assert found["azimuth_coverage_fraction"] == 0


def test_intervals_below_500_gauss_are_judged_apart(problem, data):
    """Of the training pixels two have a whole field below 500 G: 412 and 361 G; 510 and 600 G do not count."""
    found = metrics(field(los_error=np.array([[5, 1e3, 30], [1e3, 0, 0]])), problem, data)
    assert found["weak_b_los_coverage_fraction"] == 0.5
    assert found["weak_b_transverse_coverage_fraction"] == found["weak_azimuth_coverage_fraction"] == 1


def test_where_no_transverse_field_is_detected_its_bias_is_told(problem, data):
    """Three sigma of 1e4 are B_T = 173 G; 1.5 sigma, 122 G, debias to sqrt(1e4 0.68) = 82.5 G."""
    data["b_transverse_true"].values[0, 0] = 100.0
    estimate = field()
    estimate["field"].values[1:, 0, 0] = 1.5e4, 0.0
    found = metrics(estimate, problem, data)
    assert found["undetected_fraction"] == 0.25
    assert found["undetected_b_transverse_bias_gauss"] == pytest.approx(np.sqrt(1.5e4) - 100)
    assert found["undetected_b_transverse_debiased_bias_gauss"] == pytest.approx(82.5 - 100, abs=0.1)


def test_valid_pixels_have_measures_of_their_own(problem, data):
    found = metrics(field(los_error=np.array([[5, 5, 1000], [5, 5, 0]])), problem, data)
    assert found["valid_b_los_rmse_gauss"] == pytest.approx(5)
    assert found["b_los_rmse_gauss"] == pytest.approx(np.sqrt((3 * 25 + 1e6) / 4))
    assert found["invalid_fraction"] == pytest.approx(0.2)


def test_counts(problem, data):
    found = metrics(field(), problem, data)
    assert (found["usable_count"], found["masked_count"]) == (5, 1)


def test_without_truth_only_misfits_and_counts_remain(problem):
    found = metrics(field(), problem, xr.Dataset())
    assert not [name for name in found if "rmse" in name or "azimuth" in name or "coverage" in name]
    assert {"loss_total_ic2", "held_out_b_qu_chi2", "usable_count"} <= set(found)


def test_without_held_out_or_valid_pixels_their_measures_are_left_out(problem, data):
    problem["training"], problem["held_out"] = problem.training | problem.held_out, problem.held_out & False
    problem["valid"] = problem.valid & False
    found = metrics(field(), problem, data)
    assert not [name for name in found if name.startswith(("held_out", "valid"))]
    assert found["invalid_fraction"] == 1


def test_every_name_ends_in_a_unit(problem, data):
    for name, value in metrics(field(los_error=1.0), problem, data).items():
        assert record.unit(name) and np.isfinite(value)


def test_a_field_that_is_not_a_number_shows(problem, data):
    estimate = field()
    estimate["field"][0, 0, 0] = np.nan
    found = metrics(estimate, problem, data)
    assert np.isnan(found["loss_total_ic2"]) and np.isnan(found["b_los_rmse_gauss"])


def test_fields_without_a_fold_are_judged_at_its_wavelengths(problem, data):
    sums = {name: maps(*values) for name, values in {
        "fold_slopes": (1e-9, 1e-16, 4e-16), "fold_cross": (0.0, 0.0, 0.0), "fold_squares": (4e-6, 2e-6, 8e-6),
    }.items()}  # fmt: skip
    once = xr.Dataset(sums).expand_dims("fold", axis=1).assign(wavelengths_used=("component", [2, 2, 2]))
    seen = field().assign(left_out=field().field.copy(data=maps(10.0, 1e5, 0.0)[1]).expand_dims(fold=[0]))
    found = metrics(seen, problem.assign(once), data)
    # two wavelengths: b_los (4e-6 + 1e-7) / 1e-6 / 2; b_q (2e-6 + 1e-6) / 2e-6 / 2; b_u 8e-6 / 4e-6 / 2
    assert found["unseen_b_los_chi2"] == pytest.approx(2.05)
    assert found["unseen_b_qu_chi2"] == pytest.approx((0.75 + 1) / 2)


def test_what_was_not_measured_is_not_judged(problem, data):
    problem["sigma"] = problem.sigma.where(problem.component == "b_los", np.inf)
    found = metrics(field(), problem, data)
    assert "held_out_b_los_chi2" in found and "held_out_b_qu_chi2" not in found


def test_blocks_of_the_map_have_the_measures_as_their_mean(problem, data):
    drawn = draws(field(los_error=np.array([[5, -5, 30], [1, 0, 0]])), problem, data)["b_los_rmse_gauss"][
        "block"
    ]
    # without each of the four observed pixels the mean square is 926 / 3, 926 / 3, 51 / 3 and 950 / 3
    left = np.sqrt(np.array([926, 926, 51, 950]) / 3)
    whole = np.sqrt(951 / 4)
    assert np.mean(drawn) == pytest.approx(whole)
    kept = [value for value in drawn if abs(value - whole) > 1e-9]
    np.testing.assert_allclose(np.ptp(drawn), (len(drawn) - 1) * np.ptp([*left, whole][:4]), rtol=1e-6)
    assert len(kept) >= 4


def test_a_field_without_one_fold_is_compared_with_the_closed_form_without_the_same(problem, data):
    """Two folds of one wavelength, the second of which nothing fits: whose turn it is must not matter."""
    rng = np.random.default_rng(0)
    slopes = np.broadcast_to(np.array([1e-9, 1e-16, 1e-16])[:, None, None, None], (3, 2, 2, 3))
    cross = slopes * rng.normal(0, 30, (3, 1, 2, 3))
    squares = cross**2 / slopes + np.array([1e-6, 9e-6])[None, :, None, None]
    sums = {"fold_slopes": slopes, "fold_cross": cross, "fold_squares": squares}
    problem = problem.assign(
        {name: (("component", "fold", "y", "x"), values) for name, values in sums.items()}
    )
    problem["wavelengths_used"] = ("component", [2, 2, 2])
    found = []
    for turn in (0, 1):
        left = field().field.copy(data=(cross / slopes)[:, 0] + 1.0).expand_dims(fold=[turn])
        found.append(metrics(field().assign(left_out=left), problem, data)["unseen_b_los_chi2"])
    assert found[0] == pytest.approx(found[1])
    # the closed form leaves 1 and 9; a field that is 1 G off it adds 1e-9 / 1e-6 to their mean
    assert found[0] == pytest.approx(5 + 1e-3)
