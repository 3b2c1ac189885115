"""Estimates of the field at an earlier time must be the mean of those at later times.

With z_t made from z_s, s > t, by more independent noise, E[x1 | z_t] = E[ E[x1 | z_s] | z_t ]. The network's estimate at
t is therefore regressed on its own, detached, at s. Demanding equal velocities at t and s, as the document does, has no
such reason: the velocity is a mean over all paths through a point, and changes along each of them.

Source: Daras et al. 2023, "Consistent Diffusion Models", property 3.1.
"""

from torch import Tensor


def noisier(
    z: Tensor, centre: Tensor, spread: Tensor, noise: Tensor, late: tuple[Tensor, Tensor], early: tuple
) -> Tensor:
    """A state of the path at an earlier time, given the one at a later time and independent noise.

    Args:
        z: state a x1 + b (centre + spread n) with n standard normal.
        centre, spread: of the start.
        noise: standard normal.
        late, early: (a, b) at both times.
    """
    (a_late, b_late), (a_early, b_early) = late, early
    shrink = a_early / a_late
    added = (b_early**2 - (shrink * b_late) ** 2).clamp_min(0).sqrt()
    return shrink * (z - b_late * centre) + b_early * centre + added * spread * noise


def loss(estimate: Tensor, later_estimate: Tensor) -> Tensor:
    """Mean squared difference from the later estimate, which gets no gradient."""
    return (estimate - later_estimate.detach()).square().mean()
