"""The metrics of a field that was written as a file."""

from fieldbench.report.metric import Metric

METRICS = {
    "ms_ssim_score": Metric("MS-SSIM", lower_is_better=False),
    "vmaf_score": Metric("VMAF", lower_is_better=False),
    "max_error_data": Metric("Maximum error"),
    "spectrum_error_db": Metric("Error of the power spectrum"),
    "rate_bpp": Metric("Rate"),
    "relative_rate_ratio": Metric("Rate at equal PSNR, in that of another codec"),
    "rate_distortion_cost_db": Metric("Distortion and weighted rate"),
    "file_bytes": Metric("File"),
    "encode_seconds": Metric("Time to encode"),
    "decode_seconds": Metric("Time to decode"),
    "multiply_adds_count": Metric("Multiply-adds per pixel, decoding"),
    "latent_count": Metric("Latents"),
    "unique_latent_count": Metric("Different values of latents"),
    "header_bytes": Metric("Header"),
    "latents_bytes": Metric("Latents"),
    "networks_bytes": Metric("Networks"),
    "mask_bytes": Metric("Mask"),
    "correction_bytes": Metric("Correction"),
    "model_entropy_bytes": Metric("Ideal size under the coding model"),
    "lambda_per_latent_ratio": Metric("Weight of the rate per latent"),
    "lambda_per_pixel_ratio": Metric("Weight of the rate per pixel"),
    "finish_ratio": Metric("File, in what its training foresaw"),
    "finish_db": Metric("PSNR beyond that of the last steps", lower_is_better=False),
    "steps_to_final_psnr_count": Metric("Steps to the final PSNR"),
    "plateau_count": Metric("Plateau", flag=True),
    "instability_count": Metric("Instability", flag=True),
    "low_compression_count": Metric("Low compression", flag=True),
}
LEVELS = [f"level_{index:02d}_bytes" for index in range(64)]  # of resolution, the coarsest first
METRICS |= {name: Metric(f"Latents of level {index}") for index, name in enumerate(LEVELS)}
