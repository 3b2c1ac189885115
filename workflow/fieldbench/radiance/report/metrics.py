"""The metrics of a scene learned from its views."""

from fieldbench.report.metric import Metric

METRICS = {
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
    "shared_levels_count": Metric("Levels whose points share rows", exact=True),
    "between_evaluations_seconds": Metric("Time between evaluations"),
    "grid_recoveries_count": Metric("Recoveries of an empty grid"),
}
# Until a PSNR in dB was reached, of those that the configuration asks for: on the line between two evaluations, and as a
# bound the time of the first evaluation that had reached it.
TIMES_TO = {goal: f"to_{goal}_db_seconds" for goal in range(1, 100)}
TIMES_BY = {goal: f"by_{goal}_db_seconds" for goal in TIMES_TO}
METRICS |= {name: Metric(f"Time to {goal} dB") for goal, name in TIMES_TO.items()}
METRICS |= {name: Metric(f"Bound of the time to {goal} dB") for goal, name in TIMES_BY.items()}
