"""What whole numbers take by Laplace distributions, with the gradient by hand."""

import math

import torch
from torch import Tensor


def plain_bits(values: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """-log2 of the Laplace distribution's integral over the unit around each value; `log_scale` is log2 of its scale b.

    Outside of half a unit from the mean exp(-d/b) sinh(1/2b), inside 1 - exp(-1/2b) cosh(d/b), with distance d.
    The reference of `bits`.
    """
    inverse = torch.exp2(-log_scale)
    distance = (values - mean).abs()
    half = 0.5 * inverse
    far = half + torch.log(-torch.expm1(-inverse)) - math.log(2) - distance * inverse
    near = torch.log1p(-torch.exp(-half) * torch.cosh(distance.clamp(max=0.5) * inverse))
    return torch.where(distance >= 0.5, far, near) / -math.log(2)


def bits(values: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """As `plain_bits`, in fewer passes over memory."""
    return _Bits.apply(values, mean, log_scale)


class _Bits(torch.autograd.Function):
    """With P the integral: d ln P / dd is -1/b outside and -exp(-1/2b) sinh(d/b) / b P inside; likewise by 1/b."""

    @staticmethod
    def forward(ctx, values: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
        inverse = torch.exp2(-log_scale)
        offset = values - mean
        distance = offset.abs()
        outside, missing = distance >= 0.5, torch.expm1(-inverse).neg_()
        reach, half = distance.clamp(max=0.5).mul_(inverse), 0.5 * inverse
        up, down = (reach - half).exp_().mul_(0.5), (reach.neg_() - half).exp_().mul_(0.5)
        both = up + down
        share = 1 - both
        slope = up.sub_(down).div_(share)
        far = missing.log().add_(half).sub_(math.log(2)).sub_(distance * inverse)
        found = torch.where(outside, far, torch.log1p(both.neg())).div_(-math.log(2))
        by_distance = torch.where(outside, 1.0, slope).mul_(inverse)
        far_scale = missing.reciprocal_().sub_(0.5).sub_(distance)
        near_scale = both.div_(share).mul_(0.5).sub_(slope.mul_(distance))
        by_log_scale = torch.where(outside, far_scale, near_scale).mul_(inverse)
        ctx.save_for_backward(by_distance.mul_(offset.sign_()).div_(math.log(2)), by_log_scale)
        return found

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        by_value, by_log_scale = (gradient * slope for slope in ctx.saved_tensors)
        return by_value, -by_value, by_log_scale
