"""Alpha compositing along rays of any number of samples, with its gradient.

Source: Max 1995; Mildenhall et al. 2020, equation 3; for the distortion, Barron et al. 2022 (Mip-NeRF 360), equation 15.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from fieldbench.kernels.fused import has_kernels


class Rendered(NamedTuple):
    """What rays see.

    Attributes:
        colour: (3, R), over the background.
        opacity: (R,), 1 - the share of the background.
        depth: (R,), weighted sum of distances; divided by the opacity, the mean distance.
    """

    colour: Tensor
    opacity: Tensor
    depth: Tensor


def transmittance(optical: Tensor, offsets: Tensor, ray: Tensor) -> Tensor:
    """The share of light (S,) that reaches each sample from its ray's origin: exp(-(optical depth before it)).

    Args:
        optical: (S,) density times length of each sample, ray after ray.
        offsets: (R + 1,) where each ray's samples begin, and their number.
        ray: (S,) of each sample.
    """
    if _compiled(optical) and not optical.requires_grad:
        from fieldbench.radiance import _volume  # compiled on first use; CUDA never needs it

        out = torch.empty_like(optical)
        _volume.transmittance(optical.numpy(), offsets.numpy(), out.numpy())
        return out
    before = _before(optical.double())
    return (before[offsets[:-1]][ray] - before[:-1]).exp().to(optical.dtype)


def composite(
    density: Tensor, colour: Tensor, t: Tensor, dt: Tensor, offsets: Tensor, ray: Tensor, background: Tensor
) -> Rendered:
    """Composite samples front to back; gradients flow to density, colour and background.

    Args:
        density: (S,) per unit of length.
        colour: (3, S).
        t, dt: (S,) distance of the sample's middle from the ray's origin, and its length.
        offsets, ray: see `transmittance`.
        background: (3, R).
    """
    form = CompiledComposite if _compiled(density) else Composite
    return Rendered(*form.apply(density, colour, t, dt, offsets, ray, background))


class Composite(torch.autograd.Function):
    """`composite` with a hand-written gradient.

    With optical depth a_i = density_i dt_i, transmittance T_i and weight w_i = T_i (1 - exp(-a_i)), a ray's loss changes by
    dL/da_i = T_{i+1} v_i - sum_{j > i} w_j v_j, where v_j is what a unit of weight at sample j adds to the loss.
    """

    @staticmethod
    def forward(ctx, density, colour, t, dt, offsets, ray, background):
        optical = density * dt
        reaching = transmittance(optical, offsets, ray)
        passed = (-optical).exp()
        weight = -reaching * torch.expm1(-optical)
        seen, opacity, depth = _sums(torch.cat([weight * colour, weight[None], (weight * t)[None]]), offsets)
        ctx.save_for_backward(colour, t, dt, offsets, ray, background, weight, reaching * passed, opacity)
        return seen + (1 - opacity) * background, opacity, depth

    @staticmethod
    def backward(ctx, grad_colour, grad_opacity, grad_depth):
        colour, t, dt, offsets, ray, background, weight, behind, opacity = ctx.saved_tensors
        grad_sample = grad_colour[:, ray]
        per_ray = grad_opacity - (grad_colour * background).sum(0)
        value = (grad_sample * colour).sum(0) + per_ray[ray] + grad_depth[ray] * t
        through = _before((weight * value).double())
        later = (through[offsets[1:]][ray] - through[1:]).to(value.dtype)
        grad_density = (behind * value - later) * dt
        return grad_density, grad_sample * weight, None, None, None, None, grad_colour * (1 - opacity)


class CompiledComposite(torch.autograd.Function):
    """As `Composite`, by loops compiled for the CPU, in single precision."""

    @staticmethod
    def forward(ctx, density, colour, t, dt, offsets, ray, background):
        from fieldbench.radiance import _volume  # compiled on first use

        colour = colour.contiguous()
        opacity, depth = background.new_empty(2, len(offsets) - 1)
        seen, weight, behind = (
            torch.empty_like(background),
            torch.empty_like(density),
            torch.empty_like(density),
        )
        given = density, colour, t, dt, offsets, background
        made = seen, opacity, depth, weight, behind
        _volume.composite(*(part.detach().numpy() for part in (*given, *made)))
        ctx.save_for_backward(colour, t, dt, offsets, background, weight, behind, opacity)
        return seen, opacity, depth

    @staticmethod
    @once_differentiable
    def backward(ctx, *upstream):
        from fieldbench.radiance import _volume

        *given, opacity = ctx.saved_tensors
        grad_density, grad_colour = torch.empty_like(given[1]), torch.empty_like(given[0])
        arrays = *given, *(part.contiguous() for part in upstream), grad_density, grad_colour
        _volume.gradients(*(part.numpy() for part in arrays))
        return grad_density, grad_colour, None, None, None, None, upstream[0] * (1 - opacity)


def _compiled(values: Tensor) -> bool:
    """Whether loops compiled for the CPU do the work; tests lend a CPU the kernels of a device."""
    single = values.dtype == torch.float32
    return single and values.device.type == "cpu" and not has_kernels(values.device)


def plain_composite(
    density: Tensor, colour: Tensor, t: Tensor, dt: Tensor, offsets: Tensor, ray: Tensor, background: Tensor
) -> Rendered:
    """As `composite`, ray by ray and sample by sample."""
    rays = []
    for index, (begin, end) in enumerate(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)):
        reaching = torch.ones((), dtype=density.dtype)
        seen, depth = torch.zeros(3, dtype=density.dtype), torch.zeros((), dtype=density.dtype)
        for i in range(begin, end):
            alpha = 1 - torch.exp(-density[i] * dt[i])
            seen = seen + reaching * alpha * colour[:, i]
            depth = depth + reaching * alpha * t[i]
            reaching = reaching * (1 - alpha)
        rays.append((seen + reaching * background[:, index], 1 - reaching, depth))
    colours, opacity, depth = (torch.stack(part, -1) for part in zip(*rays, strict=True))
    return Rendered(colours, opacity, depth)


def distortion(density: Tensor, t: Tensor, dt: Tensor, offsets: Tensor, ray: Tensor) -> Tensor:
    """How far apart along each ray (R,) lies what it sees: sum_ij w_i w_j |t_i - t_j| + sum_i w_i^2 dt_i / 3.

    With weights w as in `composite`; least where all that is seen lies in one short sample. Other arguments: see there.
    """
    optical = density * dt
    weight = -transmittance(optical, offsets, ray) * torch.expm1(-optical)
    pairs = 2 * weight * (t * _earlier(weight, offsets, ray) - _earlier(weight * t, offsets, ray))
    return _before((pairs + weight**2 * dt / 3).double())[offsets].diff().to(density.dtype)


def plain_distortion(density: Tensor, t: Tensor, dt: Tensor, offsets: Tensor, ray: Tensor) -> Tensor:
    """As `distortion`, pair by pair."""
    optical = density * dt
    weight = transmittance(optical, offsets, ray) * (1 - torch.exp(-optical))
    rays = []
    for begin, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        w, place = weight[begin:end], t[begin:end]
        pairs = w[:, None] * w * (place[:, None] - place).abs()
        rays.append(pairs.sum() + (w**2 * dt[begin:end]).sum() / 3)
    return torch.stack(rays)


def _earlier(values: Tensor, offsets: Tensor, ray: Tensor) -> Tensor:
    """(S,) sums of the values (S,) of the same ray before each one."""
    sums = _before(values.double())
    return (sums[:-1] - sums[offsets[:-1]][ray]).to(values.dtype)


def _before(values: Tensor) -> Tensor:
    """(..., S + 1) sums of all values before each one, and of all."""
    return torch.nn.functional.pad(values.cumsum(-1), (1, 0))


def _sums(values: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Sums over each ray's samples of (5, S) values: colours (3, R), and two of (R,)."""
    sums = _before(values.double())[:, offsets].diff(dim=-1).to(values.dtype)
    return sums[:3], sums[3], sums[4]
