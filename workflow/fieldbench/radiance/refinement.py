"""More samples where a coarse field saw something: hierarchical sampling (Mildenhall et al. 2020, section 5.2)."""

import torch
from torch import Tensor

from fieldbench.radiance.marching import Samples
from fieldbench.radiance.volume import transmittance


def weights(optical: Tensor, samples: Samples) -> Tensor:
    """The share (S,) of its ray's light that each sample takes, from optical depths (S,)."""
    return -transmittance(optical, samples.offsets, samples.ray) * torch.expm1(-optical)


def refined(samples: Samples, weight: Tensor, count: int, shift: Tensor) -> Samples:
    """The samples of each ray and `count` more, drawn from their weights, in order.

    Each reaches half way to its neighbours. A ray without samples stays so; one without weights gets the new samples evenly.

    Args:
        samples: of the coarse march.
        weight: (S,), not negative.
        count: new samples per ray.
        shift: (R,) in [0, 1), by which the evenly spaced places in the weights' sum are moved.
    """
    begins = samples.offsets[:-1]
    filled = (samples.offsets.diff() > 0).nonzero()[:, 0]
    sums = torch.nn.functional.pad((weight.double() + 1e-5).cumsum(0), (1, 0))
    low, high = sums[begins[filled]], sums[samples.offsets[1:][filled]]
    share = (torch.arange(count, device=weight.device) + ((shift[filled] + 0.5) % 1)[:, None]) / count
    drawn = (low[:, None] + share * (high - low)[:, None]).flatten()
    number = (torch.searchsorted(sums, drawn, right=True) - 1).clamp(max=len(weight) - 1)
    within = (drawn - sums[number]) / (sums[number + 1] - sums[number])
    dt = samples.dt[number]
    new = samples.t[number] + (within.to(dt.dtype) - 0.5) * dt
    ray = torch.cat([samples.ray, filled.repeat_interleave(count)])
    t = torch.cat([samples.t, new])
    order = torch.argsort(t, stable=True)
    order = order[torch.argsort(ray[order], stable=True)]
    ray, t = ray[order], t[order]
    counts = torch.zeros_like(begins).index_add_(0, ray, torch.ones_like(ray))
    offsets = torch.nn.functional.pad(counts.cumsum(0), (1, 0))
    return Samples(ray, t, _lengths(samples, filled, t, offsets), offsets)


def _lengths(coarse: Samples, filled: Tensor, t: Tensor, offsets: Tensor) -> Tensor:
    """(S,): from half way to the sample before to half way to the next; to where the coarse march began and ended."""
    faces = torch.cat([t[:1], (t[1:] + t[:-1]) / 2, t[-1:]])
    begin, end = faces[:-1].clone(), faces[1:].clone()
    first, last = coarse.offsets[:-1][filled], coarse.offsets[1:][filled] - 1
    begin[offsets[:-1][filled]] = coarse.t[first] - coarse.dt[first] / 2
    end[offsets[1:][filled] - 1] = coarse.t[last] + coarse.dt[last] / 2
    return end - begin
