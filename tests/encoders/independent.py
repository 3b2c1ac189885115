"""Encoders once more, in double precision and written for clarity alone: what the tests compare with.

Parameters are a dict by the names that the encoder gives them.
"""

import math

import torch
from scipy.interpolate import BSpline

PRIME_X, PRIME_Y = 2654435761, 805459861


def kernel(name, distance):
    """Weight of a lattice point at a signed distance, in cells, from the point."""
    x = distance.abs()
    if name == "linear":
        return (1 - x).clamp(min=0)
    if name == "catmull-rom":  # Keys' cubic convolution with a = -1/2
        near = 1.5 * x**3 - 2.5 * x**2 + 1
        far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        return torch.where(x < 1, near, torch.where(x < 2, far, torch.zeros_like(x)))
    basis = BSpline.basis_element([-2, -1, 0, 1, 2], extrapolate=False)
    return torch.nan_to_num(torch.from_numpy(basis(distance.numpy())))


def row(lattice, resolution, rows, hashed):
    """The row of a lattice point given with the slowest axis first, (y, x) or (z, y, x)."""
    if len(lattice) == 2:
        y, x = lattice
        return (x * PRIME_X ^ y * PRIME_Y) % rows if hashed else y * resolution + x
    z, y, x = lattice
    return (x ^ y * PRIME_X ^ z * PRIME_Y) % rows if hashed else (z * resolution + y) * resolution + x


def interpolate(table, points, resolution, hashed=False, cells="scaled", interpolation="linear"):
    """(N, F) features: a sum over all lattice points of the line, square or cube, clamped to the edge."""
    position = points * (resolution if cells == "scaled" else resolution - 1)
    lattice = torch.arange(-2, resolution + 3)
    inside = lattice.clamp(0, resolution - 1)
    weights = [kernel(interpolation, position[:, a, None] - lattice) for a in range(points.shape[1])]
    if len(weights) == 1:
        return weights[0] @ table[inside]
    axes = torch.meshgrid(*[inside] * len(weights), indexing="ij")
    features = table[row(axes, resolution, len(table), hashed)]
    features = torch.einsum("nx,...xf->n...f", weights[-1], features)
    for weight in reversed(weights[:-1]):
        features = torch.einsum("nx,n...xf->n...f", weight, features)
    return features


def gelu(x):
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


def smooth(features, parameters, prefix, strength, normalized):
    """Without a strength the network's output replaces the features."""
    hidden = features @ parameters[f"{prefix}.0.weight"].T + parameters[f"{prefix}.0.bias"]
    if normalized:
        deviation = (hidden.var(dim=1, keepdim=True, correction=0) + 1e-5).sqrt()
        hidden = (hidden - hidden.mean(dim=1, keepdim=True)) / deviation
        hidden = gelu(hidden * parameters[f"{prefix}.1.weight"] + parameters[f"{prefix}.1.bias"])
        last = 3
    else:
        hidden = hidden.clamp(min=0)
        last = 2
    change = hidden @ parameters[f"{prefix}.{last}.weight"].T + parameters[f"{prefix}.{last}.bias"]
    return change if strength is None else features + change / (1 + torch.exp(-strength))


def level_weights(points, parameters, activation, active):
    prefix = "fusion.predictor.network"
    hidden = points @ parameters[f"{prefix}.0.weight"].T + parameters[f"{prefix}.0.bias"]
    hidden = gelu(hidden) if activation == "gelu" else hidden.clamp(min=0)
    logits = hidden @ parameters[f"{prefix}.2.weight"].T + parameters[f"{prefix}.2.bias"]
    logits = logits[:, :active]
    return torch.exp(logits) / torch.exp(logits).sum(dim=1, keepdim=True)


def multigrid(spec, parameters, points, resolutions, active):
    """(N, out_dim) of the multigrid encoder of `spec`, with a fractional number of `active` levels."""
    features = []
    for i, resolution in enumerate(resolutions):
        table = parameters[f"tables.{i}"]
        hashed = spec.get("indexing") == "hash" or resolution**2 > spec["table_size"]
        options = {key: spec[key] for key in ("cells", "interpolation") if key in spec}
        level = interpolate(table, points, resolution, hashed, **options) * min(max(active - i, 0), 1)
        smoothing = spec.get("smoothing")
        if smoothing and active > i:
            index = i if smoothing["networks"] == "per-level" else 0
            residual = smoothing.get("residual", True)
            strength = parameters["fusion.smoother.weight"][index] if residual else None
            prefix = f"fusion.smoother.networks.{index}"
            level = smooth(level, parameters, prefix, strength, smoothing["normalized"])
        features.append(level)
    if "weighted_sum" in spec:
        weights = level_weights(points, parameters, spec["weighted_sum"]["activation"], math.ceil(active))
        features = [sum(features[i] * weight[:, None] for i, weight in enumerate(weights.T))]
    if "plane" in spec:
        size = spec["plane"]["resolution"]
        size = spec["max_resolution"] if size == "max" else size
        cells = "aligned" if spec["plane"].get("lookup", "dense").startswith("grid-sample") else "scaled"
        features.insert(0, interpolate(parameters["plane.table"], points, size, cells=cells))
    return torch.cat(features, dim=1)


def factorized(spec, parameters, points, resolutions):
    features = []
    for i, resolution in enumerate(resolutions):
        y = interpolate(parameters[f"tables.{2 * i}"], points[:, :1], resolution)
        x = interpolate(parameters[f"tables.{2 * i + 1}"], points[:, 1:], resolution)
        product = (y * x).reshape(len(points), spec["features"], spec["rank"])
        features.append(product.sum(dim=2))
    return torch.cat(features, dim=1)
