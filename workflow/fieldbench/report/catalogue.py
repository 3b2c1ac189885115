"""Every metric that a report shows: its heading, its direction, and whether it is exact."""

from dataclasses import dataclass, replace

from fieldbench.record import unit

UNIT_TEXT = {
    "ic2": "I_c²",
    "gauss": "G",
    "degree": "°",
    "chi2": "reduced χ²",
    "db": "dB",
    "data": "unit of the data",
    "bytes": "bytes",
    "seconds": "s",
    "correlation": "",
    "fraction": "",
    "count": "",
    "ratio": "",
    "bpp": "bit per pixel",
    "score": "",
}
DATA_UNIT_TEXT = {"1": "", "degC": "°C", "m s-1": "m/s", "m s**-1": "m/s"}


@dataclass(frozen=True)
class Metric:
    """What a metric means to a reader.

    Attributes:
        label: heading, without the unit.
        lower_is_better: its direction.
        exact: known without seeds, because it follows from the method's definition and the data alone.
    """

    label: str
    lower_is_better: bool = True
    exact: bool = False


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
    "held_out_b_los_chi2": Metric("Held-out misfit, B_los"),
    "held_out_b_qu_chi2": Metric("Held-out misfit, B_Q and B_U"),
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
    "parameter_count": Metric("Parameters", exact=True),
    "table_bytes": Metric("Tables", exact=True),
    "plane_bytes": Metric("Plane", exact=True),
    "network_count": Metric("Network parameters", exact=True),
    "smoother_count": Metric("Smoother parameters", exact=True),
    "predictor_count": Metric("Level-predictor parameters", exact=True),
    "peak_memory_bytes": Metric("Peak memory"),
    "train_seconds": Metric("Training time"),
    "step_seconds": Metric("Time per step while training"),
    "fast_step_seconds": Metric("Time per step, fast form"),
    "plain_step_seconds": Metric("Time per step, published algorithm"),
    "steps_to_1pct_b_los_count": Metric("Steps to 1 %, B_los"),
    "steps_to_1pct_b_qu_count": Metric("Steps to 1 %, B_Q and B_U"),
    "loss_rise_b_los_fraction": Metric("Share of rising steps, B_los"),
    "loss_rise_b_qu_fraction": Metric("Share of rising steps, B_Q and B_U"),
}

WITH_TRUTH = [name for name in METRICS if name.startswith(("b_los_", "b_transverse_", "azimuth_"))]
METRICS |= {
    f"valid_{name}": replace(METRICS[name], label=f"{METRICS[name].label}, weak-field range")
    for name in WITH_TRUTH
}

METRICS |= {
    "psnr_mean_db": Metric("PSNR, mean", lower_is_better=False),
    "psnr_median_db": Metric("PSNR, median", lower_is_better=False),
    "psnr_minimum_db": Metric("PSNR, minimum", lower_is_better=False),
    "psnr_pooled_db": Metric("PSNR, pooled", lower_is_better=False),
    "rmse_data": Metric("Rms error"),
    "mae_data": Metric("Mean absolute error"),
    "rmse_area_weighted_data": Metric("Rms error, weighted by area"),
    "rmse_below_60_degrees_data": Metric("Rms error below 60° of latitude"),
    "crps_data": Metric("CRPS"),
    "coverage90_fraction": Metric("Coverage of the 90 % interval", lower_is_better=False),
    "field_seconds": Metric("Time per field"),
    "diagnosed_psnr_db": Metric("PSNR, pooled", lower_is_better=False),
    "diagnosed_trained_db": Metric("PSNR where the loss was taken", lower_is_better=False),
    "diagnosed_untrained_db": Metric("PSNR elsewhere", lower_is_better=False),
    "diagnosed_swap_drop_db": Metric("Cost of another field's observations", lower_is_better=False),
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

METRICS |= {
    "psnr_db": Metric("PSNR", lower_is_better=False),
    "ssim_score": Metric("SSIM", lower_is_better=False),
    "ms_ssim_score": Metric("MS-SSIM", lower_is_better=False),
    "vmaf_score": Metric("VMAF", lower_is_better=False),
    "max_error_data": Metric("Maximum error"),
    "spectrum_error_db": Metric("Error of the power spectrum"),
    "rate_bpp": Metric("Rate"),
    "rate_distortion_cost_db": Metric("Distortion and weighted rate"),
    "file_bytes": Metric("File"),
    "encode_seconds": Metric("Time to encode"),
    "decode_seconds": Metric("Time to decode"),
    "multiply_adds_count": Metric("Multiply-adds per pixel, decoding"),
    "latent_count": Metric("Latents"),
    "header_bytes": Metric("Header"),
    "latents_bytes": Metric("Latents"),
    "networks_bytes": Metric("Networks"),
    "mask_bytes": Metric("Mask"),
    "correction_bytes": Metric("Correction"),
    "model_entropy_bytes": Metric("Ideal size under the coding model"),
    "lambda_per_latent_ratio": Metric("Weight of the rate per latent"),
    "lambda_per_pixel_ratio": Metric("Weight of the rate per pixel"),
    "plateau_count": Metric("Plateau"),
    "instability_count": Metric("Instability"),
    "low_compression_count": Metric("Low compression"),
}
METRICS |= {
    "foreground_psnr_db": Metric("Foreground PSNR", lower_is_better=False),
    "white_psnr_db": Metric("PSNR of white views", lower_is_better=False, exact=True),
    "white_foreground_psnr_db": Metric("Foreground PSNR of white views", lower_is_better=False, exact=True),
    "white_ssim_score": Metric("SSIM of white views", lower_is_better=False, exact=True),
    "queries_per_ray_count": Metric("Queries per ray"),
    "colours_per_ray_count": Metric("Colour queries per ray"),
    "dense_queries_per_ray_count": Metric("Dense steps per ray, cube", exact=True),
    "tight_queries_per_ray_count": Metric("Dense steps per ray, tight box", exact=True),
    "train_queries_per_ray_count": Metric("Queries per ray while training"),
    "train_colours_per_ray_count": Metric("Colour queries per ray while training"),
    "train_rays_count": Metric("Training rays", lower_is_better=False),
    "steps_count": Metric("Steps", lower_is_better=False),
    "sample_seconds": Metric("Time per query while training"),
    "render_seconds": Metric("Time per view"),
    "density_multiply_adds_count": Metric("Multiply-adds per density", exact=True),
    "colour_multiply_adds_count": Metric("Multiply-adds per colour", exact=True),
    "occupied_fraction": Metric("Occupied cells"),
    "grid_recoveries_count": Metric("Recoveries of an empty grid"),
}
TIMES_TO = {goal: f"to_{goal}_db_seconds" for goal in (25, 28, 30)}  # until a PSNR in dB was reached
METRICS |= {name: Metric(f"Time to {goal} dB") for goal, name in TIMES_TO.items()}
LEVELS = [f"level_{index:02d}_bytes" for index in range(64)]  # of resolution, the coarsest first
METRICS |= {name: Metric(f"Latents of level {index}") for index, name in enumerate(LEVELS)}


def data_unit(name: str) -> str:
    """The unit that a data set states, as a reader wants it; empty for pure numbers."""
    return DATA_UNIT_TEXT.get(name, name)


def heading(metric: str, of_data: str | None = None) -> str:
    """Column heading of a metric, with its unit.

    Args:
        metric: key of METRICS.
        of_data: the unit that the data set states, where it is known.
    """
    kind = unit(metric)
    text = data_unit(of_data) if kind == "data" and of_data is not None else UNIT_TEXT[kind]
    return f"{METRICS[metric].label} ({text})" if text else METRICS[metric].label
