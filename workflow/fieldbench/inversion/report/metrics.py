"""The metrics of an inverted magnetic field."""

from dataclasses import replace

from fieldbench.report.metric import Metric

METRICS = {
    "loss_b_los_ic2": Metric("Final loss, B_los"),
    "loss_b_qu_ic2": Metric("Final loss, B_Q and B_U"),
    "loss_total_ic2": Metric("Final loss"),
    "floor_b_los_ic2": Metric("Closed-form floor, B_los", exact=True),
    "floor_b_qu_ic2": Metric("Closed-form floor, B_Q and B_U", exact=True),
    "floor_total_ic2": Metric("Closed-form floor", exact=True),
    "excess_b_los_ic2": Metric("Excess over the floor, B_los"),
    "excess_b_qu_ic2": Metric("Excess over the floor, B_Q and B_U"),
    "excess_total_ic2": Metric("Excess over the floor"),
    "unseen_b_los_chi2": Metric("Misfit at wavelengths left out, B_los"),
    "unseen_b_qu_chi2": Metric("Misfit at wavelengths left out, B_Q and B_U"),
    "held_out_b_los_chi2": Metric("Misfit at filled pixels, B_los"),
    "held_out_b_qu_chi2": Metric("Misfit at filled pixels, B_Q and B_U"),
    "b_los_rmse_gauss": Metric("B_los error, rms"),
    "b_los_correlation": Metric("B_los correlation", lower_is_better=False),
    "b_transverse_rmse_gauss": Metric("B_T error, rms"),
    "b_transverse_correlation": Metric("B_T correlation", lower_is_better=False),
    "azimuth_median_error_degree": Metric("Azimuth error, median"),
    "b_los_coverage_fraction": Metric("B_los coverage", lower_is_better=False),
    "b_transverse_coverage_fraction": Metric("B_T coverage", lower_is_better=False),
    "azimuth_coverage_fraction": Metric("Azimuth coverage", lower_is_better=False),
    "usable_count": Metric("Usable pixels", lower_is_better=False, exact=True),
    "masked_count": Metric("Masked pixels", exact=True),
    "invalid_fraction": Metric("Pixels beyond the weak-field range", exact=True),
    "table_bytes": Metric("Tables", exact=True),
    "plane_bytes": Metric("Plane", exact=True),
    "network_count": Metric("Network parameters", exact=True),
    "smoother_count": Metric("Smoother parameters", exact=True),
    "predictor_count": Metric("Level-predictor parameters", exact=True),
    "fast_step_seconds": Metric("Time per step, fast form"),
    "plain_step_seconds": Metric("Time per step, published algorithm"),
    "steps_to_1pct_b_los_count": Metric("Steps to 1 %, B_los"),
    "steps_to_1pct_b_qu_count": Metric("Steps to 1 %, B_Q and B_U"),
    "loss_rise_b_los_fraction": Metric("Share of rising steps, B_los"),
    "loss_rise_b_qu_fraction": Metric("Share of rising steps, B_Q and B_U"),
    "steps_to_10pct_b_los_count": Metric("Steps to 10 %, B_los"),
    "steps_to_10pct_b_qu_count": Metric("Steps to 10 %, B_Q and B_U"),
    "trend_rise_b_los_fraction": Metric("Share of rising tenths, B_los"),
    "trend_rise_b_qu_fraction": Metric("Share of rising tenths, B_Q and B_U"),
    "first_levels_count": Metric("Levels in the first step", exact=True),
    "gradient_coarse_b_los_fraction": Metric("Gradient on coarse levels, B_los", lower_is_better=False),
    "gradient_coarse_b_qu_fraction": Metric("Gradient on coarse levels, B_Q and B_U", lower_is_better=False),
    "gradient_growth_b_los_ratio": Metric("Gradient after over before training, B_los"),
    "gradient_growth_b_qu_ratio": Metric("Gradient after over before training, B_Q and B_U"),
    "b_los_roughness_gauss": Metric("B_los roughness, rms"),
}

WITH_TRUTH = [
    name
    for name in METRICS
    if name.startswith(("b_los_", "b_transverse_", "azimuth_")) and name != "b_los_roughness_gauss"
]
METRICS |= {
    f"weak_{name}_coverage_fraction": Metric(f"{label} coverage below 500 G", lower_is_better=False)
    for name, label in {"b_los": "B_los", "b_transverse": "B_T", "azimuth": "Azimuth"}.items()
} | {
    "undetected_fraction": Metric("Pixels where B_T is not detected"),
    "undetected_b_transverse_bias_gauss": Metric("Mean error of B_T there"),
    "undetected_b_transverse_debiased_bias_gauss": Metric("Mean error of the debiased B_T there"),
}
PLACES = {"filled": "filled pixels", "valid": "weak-field range"}
METRICS |= {
    f"{place}_{name}": replace(METRICS[name], label=f"{METRICS[name].label}, {words}")
    for place, words in PLACES.items()
    for name in WITH_TRUTH
}
