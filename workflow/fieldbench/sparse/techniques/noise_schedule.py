"""A path from noise to field along a quarter circle, which keeps the state's variance.

    z = sin(pi t / 2) x1 + cos(pi t / 2) x0,    velocity = dz/dt = pi/2 (cos(pi t / 2) x1 - sin(pi t / 2) x0)

Source: Albergo and Vanden-Eijnden 2023, "Building Normalizing Flows with Stochastic Interpolants".
"""

import math

from torch import Tensor


def circle(time: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """a, b of z = a x1 + b x0 and their derivatives by time."""
    angle = 0.5 * math.pi * time
    a, b = angle.sin(), angle.cos()
    return a, b, 0.5 * math.pi * b, -0.5 * math.pi * a
