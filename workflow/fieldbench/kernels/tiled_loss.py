"""A quadratic loss of a network's output with all gradients, tile by tile: activations stay in the cache."""

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

TILE = 3568  # points: best on the CPU measured; not a multiple of 1024, whose rows would share cache sets


def plain_loss(network: nn.Module, features: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    """Sum of weight (network(features) - target)^2; (C, N), (O, N), (O, N). The reference, on any device."""
    return (weight * (network(features).to(target.dtype) - target) ** 2).sum()


def chunked_loss(network: nn.Module, features: Tensor, weight: Tensor, target: Tensor, chunks: int) -> Tensor:
    """As `plain_loss`, on any device, with the activations of one of `chunks` parts in memory at a time."""
    parts = (values.chunk(chunks, dim=1) for values in (features, weight, target))
    return sum(
        checkpoint(plain_loss, network, *part, use_reentrant=False) for part in zip(*parts, strict=True)
    )


def tiled_loss(network: nn.Module, features: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    """As `plain_loss`, on a CPU: one pass computes the loss and the gradients of features and network.

    Args:
        network: linear `layers` with an `activate` between them (`fieldbench.networks.mlp.MLP`).
    """
    return _TiledLoss.apply(network, features, weight, target, *network.parameters())


class _TiledLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx, network: nn.Module, features: Tensor, weight: Tensor, target: Tensor, *parameters: Tensor
    ) -> Tensor:
        gradients = [torch.zeros_like(parameter) for parameter in parameters]
        layers, layer_gradients = (_by_layer(values, len(features)) for values in (parameters, gradients))
        features_gradient = torch.empty_like(features) if ctx.needs_input_grad[1] else None
        workspace = [
            (features.new_empty(len(bias) * TILE), features.new_empty(len(bias) * TILE)) for _, bias in layers
        ]
        loss = features.new_zeros(())
        for start in range(0, features.shape[1], TILE):
            tile = slice(start, start + TILE)
            inputs, slopes, error = _forward(network, layers, features[:, tile], workspace)
            error -= target[:, tile]
            weighted = weight[:, tile] * error
            loss += (weighted * error).sum()
            into = None if features_gradient is None else features_gradient[:, tile]
            _backward(layers, layer_gradients, inputs, slopes, weighted.mul_(2), into)
        ctx.gradients = (features_gradient, *gradients)
        return loss

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        if grad != 1:
            torch._foreach_mul_([gradient for gradient in ctx.gradients if gradient is not None], grad)
        features_gradient, *gradients = ctx.gradients
        return None, features_gradient, None, None, *gradients


def _by_layer(values, channels) -> list[tuple[Tensor, Tensor]]:
    """Weight and bias of every layer; of the first weight only the columns of the channels that there are."""
    pairs = list(zip(values[::2], values[1::2], strict=True))
    return [(pairs[0][0][:, :channels], pairs[0][1]), *pairs[1:]]


def _forward(network, layers, x, workspace) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """Inputs of every layer, derivatives of every activation, and the output of one tile."""
    inputs, slopes = [x], []
    for index, ((weight, bias), buffers) in enumerate(zip(layers, workspace, strict=True)):
        z, value = (buffer[: len(bias) * x.shape[1]].view(len(bias), -1) for buffer in buffers)
        torch.addmm(bias[:, None], weight, inputs[-1], out=z)
        if index < len(layers) - 1:
            network.activate(z, value)
            inputs.append(value)
            slopes.append(z)
    return inputs, slopes, z


def _backward(layers, gradients, inputs, slopes, grad, into) -> None:
    """Add one tile's share to the layers' gradients, write the features' into `into`; uses up `inputs`."""
    for index in range(len(layers) - 1, -1, -1):
        weight_gradient, bias_gradient = gradients[index]
        weight_gradient.addmm_(grad, inputs[index].T)
        bias_gradient += grad.sum(dim=1)
        if index > 0:
            grad = torch.mm(layers[index][0].T, grad, out=inputs[index]).mul_(slopes[index - 1])
        elif into is not None:
            torch.mm(layers[0][0].T, grad, out=into)
