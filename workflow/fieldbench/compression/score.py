"""How well a decoded field stands for the true one, and what it costs. Only known samples count."""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fieldbench import ffmpeg
from fieldbench.compression.field import Field
from fieldbench.compression.standard._base import Standard
from fieldbench.metrics import images, spectra

SMALLEST_VMAF = 32  # pixels along a side: below, VMAF's coarsest scale has none left
SPECTRUM_DIMENSIONS = {"image": 2, "variable": 2, "video": 2, "volume": 3}


def score(truth: Field, decoded: Field) -> dict[str, float]:
    """Measures of quality; one that the field is too small for, or that does not apply to its kind, is left out.

    `psnr_db`, `rmse_data` and `max_error_data` over all known values; `ssim_score` (Wang et al. 2004), `ms_ssim_score`
    (Wang et al. 2003), means over channels and, of a video, frames; `vmaf_score` of 8-bit colour (Netflix, v0.6.1);
    `spectrum_error_db`, see `metrics.spectra`. Lengths of error are in the field's unit.
    """
    error = (decoded.values.astype(float) - truth.values)[:, truth.known]
    squared = np.mean(error**2)
    dimensions = SPECTRUM_DIMENSIONS[truth.kind]
    found = {
        "psnr_db": images.psnr(squared, truth.peak),
        "rmse_data": np.sqrt(squared),
        "max_error_data": np.abs(error).max(),
        "spectrum_error_db": spectra.spectrum_error_db(decoded.values, truth.values, truth.known, dimensions),
        **_structural(truth, decoded),
        **_vmaf(truth, decoded),
    }
    return {name: float(value) for name, value in found.items() if np.isfinite(value)}


def sizes(field: Field, file_bytes: int) -> dict[str, float]:
    """`file_bytes`, and `rate_bpp`: bits of the whole file for each sample of space, frames included."""
    return {"file_bytes": float(file_bytes), "rate_bpp": 8 * file_bytes / field.known.size}


def there_and_back(codec: Standard, truth: Field, setting: float) -> tuple[Field, dict[str, float]]:
    """The field that comes back from a file of `truth`, and its measures: times, sizes and quality.

    Raises:
        UserError: the codec cannot take such a field or setting.
    """
    began = time.perf_counter()
    data = codec.encode(truth, setting)
    encoded = time.perf_counter()
    decoded = codec.decode(data, truth)
    times = {"encode_seconds": encoded - began, "decode_seconds": time.perf_counter() - encoded}
    return decoded, {**times, **sizes(truth, len(data)), **score(truth, decoded)}


def _structural(truth: Field, decoded: Field) -> dict[str, float]:
    """SSIM and MS-SSIM, means over channels and frames."""
    pairs = [images.structural_similarity(*pair) for pair in _scaled_slices(truth, decoded)]
    return dict(zip(("ssim_score", "ms_ssim_score"), np.mean(pairs, axis=0), strict=True))


def _scaled_slices(truth: Field, decoded: Field) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Decoded and true values of one channel, of a video one frame, at a time, scaled to a range of 1.

    Unknown samples count as reproduced.
    """
    lowest = 0.0 if truth.levels else float(truth.values[:, truth.known].min())
    for found, true in zip(decoded.values, truth.values, strict=True):
        same = np.where(truth.known, found, true)
        scaled = [((values - lowest) / truth.peak).astype(np.float32) for values in (same, true)]
        yield from zip(*scaled, strict=True) if truth.kind == "video" else [tuple(scaled)]


def _vmaf(truth: Field, decoded: Field) -> dict[str, float]:
    """VMAF of 8-bit colour, the mean over frames."""
    colour = truth.kind in ("image", "video") and truth.levels == 256 and len(truth.channels) == 3
    if not colour or not truth.known.all() or min(truth.shape[-2:]) < SMALLEST_VMAF:
        return {}
    layout = ffmpeg.raw("rgb24", *truth.shape[-2:])
    convert = (
        "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,format=yuv420p"
    )
    measure = "libvmaf=log_fmt=json:log_path=log.json:n_threads=1"
    graph = f"[0:v]{convert}[decoded];[1:v]{convert}[truth];[decoded][truth]{measure}"
    with tempfile.TemporaryDirectory() as folder:
        for name, field in (("decoded", decoded), ("truth", truth)):
            (Path(folder) / name).write_bytes(field.pixels().tobytes())
        inputs = [*layout, "-i", "decoded", *layout, "-i", "truth"]
        ffmpeg.run([*inputs, "-lavfi", graph, "-f", "null", "-"], folder=folder)
        log = json.loads((Path(folder) / "log.json").read_text(encoding="utf-8"))
    return {"vmaf_score": log["pooled_metrics"]["vmaf"]["mean"]}
