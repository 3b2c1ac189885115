"""V0 to V6 as the documents' tables were made, once more: plain torch, the loss over wavelengths, Adam written out.

Parameters are dicts by the names that encoder and network give them.
"""

import torch
from torch.nn import functional as F

RESOLUTIONS = [1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32]
PRIME_X, PRIME_Y = 2654435761, 805459861


def pixels(shape, dtype):
    """(N, 2) positions (y, x) of pixels in [0, 1]."""
    y, x = (torch.linspace(0, 1, count, dtype=torch.float32) for count in shape)
    return torch.stack([y.repeat_interleave(len(x)), x.repeat(len(y))], dim=1).to(dtype)


def bilinear(table, points, size, hashed):
    """(N, F) features of one level, whose coordinates are multiplied by its size and cut off at its last point."""
    position = points * size
    corner = position.floor()
    (below, left), (up, right) = corner.long().T, (position - corner).T
    total = 0
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        y, x = (below + dy).clamp(max=size - 1), (left + dx).clamp(max=size - 1)
        rows = (x * PRIME_X ^ y * PRIME_Y) % len(table) if hashed else y * size + x
        weight = (up if dy else 1 - up) * (right if dx else 1 - right)
        total = total + table[rows] * weight[:, None]
    return total


def smoothed(features, parameters, network, residual):
    """Linear, LayerNorm, GELU, Linear; added to the features where that is the version's."""
    own = {key: parameters[f"fusion.smoother.networks.{network}.{key}"] for key in KEYS}
    hidden = F.linear(features, own["0.weight"], own["0.bias"])
    hidden = F.gelu(F.layer_norm(hidden, hidden.shape[1:], own["1.weight"], own["1.bias"]))
    change = F.linear(hidden, own["3.weight"], own["3.bias"])
    if not residual:
        return change
    return features + torch.sigmoid(parameters["fusion.smoother.weight"][network]) * change


KEYS = [f"{layer}.{kind}" for layer in (0, 1, 3) for kind in ("weight", "bias")]


def level_weights(parameters, points, active):
    """(N, active): a softmax over all levels, of which the active ones are kept and made to sum to 1 again."""
    first, second = (
        [parameters[f"fusion.predictor.network.{layer}.{kind}"] for kind in ("weight", "bias")] for layer in (0, 2)
    )  # fmt: skip
    weights = F.linear(F.gelu(F.linear(points, *first)), *second).softmax(dim=1)[:, :active]
    return weights / weights.sum(dim=1, keepdim=True)


def plane(table, points, size, sampled):
    """(N, F): by torch's function with one copy of the plane per point, or like a level."""
    if not sampled:
        return bilinear(table, points, size, hashed=False)
    image = table.T.reshape(1, -1, size, size).expand(len(points), -1, -1, -1)
    places = 2 * points.flip(1)[:, None, None] - 1
    return F.grid_sample(image, places, align_corners=True)[:, :, 0, 0]


def features(regime, method, parameters, points, done):
    """(N, C) of a version after a share of its training; the levels that are not active yet are left out."""
    active = 4 + 4 * int(4 * done + 1e-9) if (regime, method) == ("as-run", "v4") else 16
    levels = [
        bilinear(parameters[f"tables.{i}"], points, RESOLUTIONS[i], method == "v0") for i in range(active)
    ]
    per_level = method == "v2-per-level" or (regime == "strict-as-run" and method in ("v3", "v5"))
    if "fusion.smoother.networks.0.0.weight" in parameters:
        residual = regime == "strict-as-run"
        levels = [smoothed(f, parameters, i if per_level else 0, residual) for i, f in enumerate(levels)]
    if regime == "as-run" and method in ("v3", "v4"):
        weights = level_weights(parameters, points, active)
        return sum(level * weights[:, i, None] for i, level in enumerate(levels))
    if method == "v6":
        size, sampled = (128, True) if regime == "as-run" else (32, False)
        levels = [plane(parameters["plane.table"], points, size, sampled), *levels]
    return torch.cat(levels, dim=1)


def perceptron(layers, values):
    """(N, outputs); channels that are not there yet count as 0."""
    *hidden, last = [(layers[f"layers.{i}.weight"], layers[f"layers.{i}.bias"]) for i in range(3)]
    values = F.pad(values, (0, hidden[0][0].shape[1] - values.shape[1]))
    for pair in hidden:
        values = F.gelu(F.linear(values, *pair))
    return F.linear(values, *last)


class Adam:
    """Kingma and Ba 2015, algorithm 1, on gradients divided by their mean magnitude."""

    def __init__(self, parameters, rate):
        self.parameters, self.rate = parameters, rate
        self.state = [(0, torch.zeros_like(value), torch.zeros_like(value)) for value in parameters]

    def step(self, gradients):
        for i, (value, gradient) in enumerate(zip(self.parameters, gradients, strict=True)):
            if gradient is None:
                continue
            gradient = gradient / (gradient.abs().mean() + 1e-9)
            count, mean, square = self.state[i]
            count += 1
            mean = 0.9 * mean + 0.1 * gradient
            square = 0.999 * square + 0.001 * gradient**2
            self.state[i] = count, mean, square
            change = mean / (1 - 0.9**count) / ((square / (1 - 0.999**count)).sqrt() + 1e-8)
            value.data -= self.rate * change


def losses(regime, method, encoder, network, data, scale, steps, rate=5e-3):
    """Mean squared residuals of the training pixels before each step, summed over components.

    Args:
        encoder, network: parameters, which are trained.
        data: `slope`, `observed` (C, N, W), `training` (N,) and `shape`.
        scale: of the network's outputs, in gauss.
    """
    kept = data["training"]
    points = pixels(data["shape"], data["slope"].dtype)
    parameters = [*encoder.values(), *network.values()]
    adam, found = Adam(parameters, rate), []
    for step in range(steps):
        outputs = perceptron(network, features(regime, method, encoder, points, step / steps))
        residual = data["observed"] - data["slope"] * (scale * outputs.T)[..., None]
        loss = (residual[:, kept] ** 2).mean(dim=(1, 2)).sum() / data["unit"]
        found.append(loss.item())
        adam.step(torch.autograd.grad(loss, parameters, allow_unused=True))
    return found
