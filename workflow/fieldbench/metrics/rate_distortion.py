"""Rate-distortion curves compared: what one codec's files cost more, or less, at another's quality.

A curve is an array (N, 2): bits per pixel and PSNR in dB of its operating points, in any order.
"""

import numpy as np
from scipy.interpolate import PchipInterpolator


def front(curve: np.ndarray) -> np.ndarray:
    """The points of `curve` that no other matches in PSNR at the same rate or less, by rising rate; (M, 2)."""
    curve = np.asarray(curve, float)
    ordered = curve[np.lexsort((-curve[:, 1], curve[:, 0]))]
    best = np.maximum.accumulate(np.concatenate([[-np.inf], ordered[:-1, 1]]))
    return ordered[ordered[:, 1] > best]


def rate_at(curve: np.ndarray, psnr: float) -> float:
    """Bits per pixel at which `curve` reaches `psnr`, dB; NaN outside the curve."""
    found = _log_rate(curve)
    if found is None or not found.x[0] <= psnr <= found.x[-1]:
        return float("nan")
    return float(np.exp(found(psnr)))


def bd_rate(reference: np.ndarray, test: np.ndarray) -> float:
    """Per cent that `test` costs more than `reference` at equal PSNR, on average over the range that both cover.

    The logarithm of the rate is interpolated over PSNR by a monotone piecewise cubic, as current reference software
    does; source of the measure: Bjontegaard 2001, VCEG-M33. NaN where the curves share no range of PSNR.
    """
    curves = [curve for curve in (_log_rate(reference), _log_rate(test)) if curve is not None]
    if len(curves) < 2:
        return float("nan")
    low, high = max(curve.x[0] for curve in curves), min(curve.x[-1] for curve in curves)
    if not low < high:
        return float("nan")
    areas = [float(curve.integrate(low, high)) for curve in curves]
    return 100 * float(np.expm1((areas[1] - areas[0]) / (high - low)))


def _log_rate(curve: np.ndarray) -> PchipInterpolator | None:
    """The logarithm of the rate over PSNR; None with fewer than two points on the front."""
    points = front(curve)
    return PchipInterpolator(points[:, 1], np.log(points[:, 0])) if len(points) > 1 else None
