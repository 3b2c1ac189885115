"""The metrics of a field rebuilt from a few of its points."""

from fieldbench.report.metric import Metric

METRICS = {
    "psnr_mean_db": Metric("PSNR, mean", lower_is_better=False),
    "psnr_median_db": Metric("PSNR, median", lower_is_better=False),
    "psnr_minimum_db": Metric("PSNR, minimum", lower_is_better=False),
    "psnr_pooled_db": Metric("PSNR, pooled", lower_is_better=False),
    "rmse_data": Metric("Rms error"),
    "mae_data": Metric("Mean absolute error"),
    "rmse_area_weighted_data": Metric("Rms error, weighted by area"),
    "rmse_below_60_degrees_data": Metric("Rms error below 60° of latitude"),
    "crps_data": Metric("CRPS"),
    "coverage68_fraction": Metric("Coverage of the 68 % interval", lower_is_better=False),
    "coverage90_fraction": Metric("Coverage of the 90 % interval", lower_is_better=False),
    "field_seconds": Metric("Time per field"),
    "diagnosed_psnr_db": Metric("PSNR, pooled", lower_is_better=False),
    "diagnosed_trained_db": Metric("PSNR where the loss was taken", lower_is_better=False),
    "diagnosed_untrained_db": Metric("PSNR elsewhere", lower_is_better=False),
    "diagnosed_unseen_count": Metric("Points where the loss was never taken", exact=True),
    "diagnosed_swap_drop_db": Metric("Cost of an independent field's observations", lower_is_better=False),
    "diagnosed_swap_correlation": Metric("Correlation of the fields whose observations were swapped"),
    "diagnosed_climatology_db": Metric(
        "PSNR of the training fields' mean", lower_is_better=False, exact=True
    ),
    "diagnosed_variation_fraction": Metric(
        "Variation of predictions over that of fields", lower_is_better=False
    ),
    "diagnosed_loss_over_blind_ratio": Metric("Loss over the blind floor"),
    "diagnosed_clamp_cap_db": Metric("PSNR of the clamped truth", lower_is_better=False, exact=True),
    "diagnosed_aliased_fraction": Metric("Frequencies beyond Nyquist"),
    "diagnosed_constant_mean_db": Metric("PSNR of the constant mean", lower_is_better=False, exact=True),
    "diagnosed_independent_draw_db": Metric("PSNR of an independent draw", lower_is_better=False, exact=True),
    "diagnosed_one_sample_db": Metric("PSNR of one sample", lower_is_better=False),
}
