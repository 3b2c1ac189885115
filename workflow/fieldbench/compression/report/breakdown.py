"""Where the bytes of learned codecs' files go."""

import numpy as np

from fieldbench.compression.report.metrics import LEVELS
from fieldbench.compression.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, byte_size, factor, table
from fieldbench.report.metrics import METRICS
from fieldbench.report.tables import Key

PARTS = ("header_bytes", "networks_bytes", "mask_bytes", "correction_bytes")  # besides the latents
SHARES = (*PARTS, "latents_bytes")


def breakdown_table(study: Study, experiment: Experiment) -> str:
    """What the bytes of learned codecs' files hold, means over inputs; empty without learned codecs."""
    rows = [
        [f"**{codec}**", point, *_cells(study, experiment, codec, point)]
        for codec in filter(study.learned, experiment.methods)
        for point in study.points(experiment, codec)
        if np.isfinite(study.mean(experiment, codec, point, "latents_bytes"))
    ]
    headers = ["Codec", "Point", "File", *(METRICS[part].label for part in SHARES)]
    headers += ["Of which the finest level", "File over the ideal size"]
    return table(headers, rows, left=2) if rows else ""


def _cells(study: Study, experiment: Experiment, codec: str, point: str) -> list[str]:
    def size(metric: str) -> float:
        return study.mean(experiment, codec, point, metric)

    whole = size("file_bytes")
    levels = [value for value in map(size, LEVELS) if np.isfinite(value)]
    sizes = [*map(size, SHARES), levels[-1] if levels else np.nan]
    shares = [f"{100 * value / whole:.1f} %" if np.isfinite(value) else ABSENT for value in sizes]
    return [byte_size(whole), *shares, factor(whole / size("model_entropy_bytes"))]


def parts_of(study: Study, experiment: Experiment, codec: str, point: str) -> dict[str, float]:
    """Bits per pixel of every part of a file that is not empty, mean over inputs: PARTS, then levels from coarse to fine."""
    bits = {part: _bits(study, experiment, codec, point, part) for part in (*PARTS, *LEVELS)}
    return {part: value for part, value in bits.items() if value > 0}


def _bits(study: Study, experiment: Experiment, codec: str, point: str, part: str) -> float:
    """The mean over the inputs of which it is known; NaN without any."""
    keys = [Key(name, point, codec) for name in experiment.data]
    bits = [
        8 * float(np.mean(study.results.draws(key, part))) / study.pixels(key.dataset)
        for key in keys
        if study.results.has(key, part)
    ]
    return float(np.mean(bits)) if bits else np.nan
