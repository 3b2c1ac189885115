"""GELU with its derivative in one pass, compiled for the CPU: both need the same exponential."""

import numba
import numpy as np

f32 = np.float32
# Without the flags that let the compiler assume finite numbers: a diverging run must stay visible.
FAST = {"reassoc", "contract", "arcp", "nsz", "afn"}


@numba.njit(inline="always")
def _exp_minus_half_square(x: np.float32) -> np.float32:
    """exp(-x^2 / 2) as 2^floor(u) 2^r: the exponent's bits set by hand, a polynomial fitted to 2^r on [0, 1]."""
    u = f32(-0.5 * np.log2(np.e)) * x * x
    u = u if u > f32(-125) else f32(-125)
    whole = np.floor(u)
    r = u - whole
    p = f32(1.8775767e-3)
    for coefficient in (
        f32(8.9893397e-3),
        f32(5.5826318e-2),
        f32(2.4015361e-1),
        f32(6.9315308e-1),
        f32(9.9999994e-1),
    ):
        p = p * r + coefficient
    return p * np.int32((whole + f32(127)) * f32(2**23)).view(np.float32)


@numba.njit(inline="always")
def gelu_pair(x: np.float32) -> tuple[np.float32, np.float32]:
    """GELU x Phi(x) and its derivative Phi(x) + x phi(x).

    Phi by formula 7.1.26 of Abramowitz & Stegun (error below 1.5e-7, as that of single precision).
    """
    e = _exp_minus_half_square(x)
    t = f32(1) / (f32(1) + f32(0.3275911 * np.sqrt(0.5)) * abs(x))
    q = f32(1.061405429)
    for coefficient in (f32(-1.453152027), f32(1.421413741), f32(-0.284496736), f32(0.254829592)):
        q = q * t + coefficient
    tail = f32(0.5) * q * t * e
    cdf = tail if x < 0 else f32(1) - tail
    return x * cdf, cdf + x * e * f32(1 / np.sqrt(2 * np.pi))


@numba.njit(nogil=True, cache=True, fastmath=FAST, error_model="numpy")
def gelu(z: np.ndarray, value: np.ndarray) -> None:
    """Write GELU(z) into `value` and its derivative over `z`; (H, N) float32, contiguous."""
    for i in range(z.shape[0]):
        source, target = z[i], value[i]
        for j in range(source.size):
            target[j], source[j] = gelu_pair(source[j])
