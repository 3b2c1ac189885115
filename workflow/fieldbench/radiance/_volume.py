"""Compositing along rays, compiled for the CPU; see `fieldbench.radiance.volume`.

One pass along each ray forward and one backward, sums in double precision as in the form of torch.
"""

import math

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")
f32 = np.float32


@compiled
def transmittance(optical, offsets, out) -> None:
    """See `volume.transmittance`; out (S,)."""
    for r in range(offsets.size - 1):
        depth = 0.0
        for i in range(offsets[r], offsets[r + 1]):
            out[i] = math.exp(-depth)
            depth += optical[i]


@compiled
def composite(density, colour, t, dt, offsets, background, seen, opacity, depth, weight, behind) -> None:
    """Write what rays see, and of each sample its weight and the light that leaves it behind, (S,)."""
    for r in range(offsets.size - 1):
        optical, red, green, blue, distance = 0.0, 0.0, 0.0, 0.0, 0.0
        total: float | np.floating = 0.0
        reaching = f32(1)
        for i in range(offsets[r], offsets[r + 1]):
            thickness = density[i] * dt[i]
            w = -reaching * math.expm1(-thickness)
            optical += thickness
            reaching = f32(math.exp(-f32(optical)))
            weight[i], behind[i] = w, reaching
            red, green, blue = red + w * colour[0, i], green + w * colour[1, i], blue + w * colour[2, i]
            total, distance = total + w, distance + w * t[i]
        left = 1 - total
        seen[0, r], seen[1, r], seen[2, r] = red, green, blue
        for c in range(3):
            seen[c, r] += left * background[c, r]
        opacity[r], depth[r] = total, distance


@compiled
def gradients(
    colour, t, dt, offsets, background, weight, behind, up_colour, up_opacity, up_depth, density, shade
) -> None:
    """Write the gradients of density (S,) and colour (3, S), from those of what rays see, last sample first."""
    for r in range(offsets.size - 1):
        a, b, c = up_colour[0, r], up_colour[1, r], up_colour[2, r]
        whole = up_opacity[r] - (a * background[0, r] + b * background[1, r] + c * background[2, r])
        later = 0.0
        for i in range(offsets[r + 1] - 1, offsets[r] - 1, -1):
            value = a * colour[0, i] + b * colour[1, i] + c * colour[2, i] + whole + up_depth[r] * t[i]
            density[i] = (behind[i] * value - later) * dt[i]
            later += weight[i] * value
            shade[0, i], shade[1, i], shade[2, i] = a * weight[i], b * weight[i], c * weight[i]
