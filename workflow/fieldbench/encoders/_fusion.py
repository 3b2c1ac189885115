"""What may follow the look-up in a multi-resolution grid: smoothing of features, and fusion of levels."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fieldbench.registry import check_word, make_part


class Smoother(nn.Module):
    """Residual smoothing f + sigmoid(w) S(f) with a small network S and a learned weight w, 0.1 at the start.

    "Benchmarks", version 2: S is Linear(F, 2F), ReLU, Linear(2F, F), shared by all levels. "Technical Report":
    Linear(F, 4F), LayerNorm, GELU, Linear(4F, F), shared (versions 2, 4) or one per level (versions 3, 5).

    Args:
        features: F.
        levels: number of levels.
        networks: `shared`, one S for all levels, or `per-level`.
        expansion: hidden width over F.
        normalized: LayerNorm and GELU instead of ReLU.

    Raises:
        UserError: an unknown word.
    """

    def __init__(self, features: int, levels: int, networks: str, expansion: int, normalized: bool) -> None:
        super().__init__()
        check_word("smoothing.networks", networks, ("shared", "per-level"))
        hidden = features * expansion

        def network() -> nn.Sequential:
            middle = [nn.LayerNorm(hidden), nn.GELU()] if normalized else [nn.ReLU()]
            return nn.Sequential(nn.Linear(features, hidden), *middle, nn.Linear(hidden, features))

        count = 1 if networks == "shared" else levels
        self.networks = nn.ModuleList(network() for _ in range(count))
        self.weight = nn.Parameter(torch.full((count,), 0.1))

    def plain(self, levels: Tensor) -> Tensor:
        """(L, F, N) features of the first L levels -> the same, smoothed."""
        if len(self.networks) == 1:
            return self._smooth(levels, 0)
        return torch.stack([self._smooth(level, i) for i, level in enumerate(levels)])

    def _smooth(self, features: Tensor, index: int) -> Tensor:
        change = self.networks[index](features.transpose(-1, -2)).transpose(-1, -2)
        return features + torch.sigmoid(self.weight[index]) * change

    def forward(self, levels: Tensor) -> Tensor:
        """As `plain`, compiled on a CPU."""
        if levels.device.type != "cpu":
            return self.plain(levels)
        from fieldbench.kernels.smoothing import Smooth  # compiled on first use; a CUDA run never needs it

        used = self.networks[: len(levels)]
        normalized = isinstance(used[0][1], nn.LayerNorm)
        strength = torch.sigmoid(self.weight[: len(used)])
        parameters = [parameter for network in used for parameter in _weights(network)]
        return Smooth.apply(levels.contiguous(), strength, normalized, *parameters)


def _weights(network: nn.Sequential) -> list[Tensor]:
    """The parameters in the order of `kernels.smoothing.Weights`, with stand-ins where there is no LayerNorm."""
    first, middle, second = network[0], network[1], network[-1]
    norm = [middle.weight, middle.bias] if isinstance(middle, nn.LayerNorm) else [first.bias.detach()] * 2
    return [first.weight, first.bias, *norm, second.weight, second.bias]


class LevelPredictor(nn.Module):
    """Weights of levels by position: Linear(d, 64), ReLU, Linear(64, levels), Softmax ("Benchmarks", V3)."""

    def __init__(self, in_dim: int, levels: int) -> None:
        super().__init__()
        self.network = nn.Sequential(nn.Linear(in_dim, 64), nn.ReLU(), nn.Linear(64, levels))

    def forward(self, points: Tensor, active: int) -> Tensor:
        """(N, d) points -> (active, N) weights that sum to 1 over the active levels."""
        return self.network(points)[:, :active].softmax(dim=1).T


class Fusion(nn.Module):
    """From features of planes and levels to the encoding: planes, then all levels or their weighted sum."""

    def __init__(self, smoother: Smoother | None, predictor: LevelPredictor | None) -> None:
        super().__init__()
        self.smoother = smoother
        self.predictor = predictor

    def forward(self, features: Tensor, planes: int, points: Tensor, plain: bool = False) -> Tensor:
        """Fuse the features of `planes` planes and of the active levels.

        Args:
            features: (planes + L, F, N), planes first.
            points: (N, d).
            plain: use the plain form of the smoother.

        Returns:
            (C, N), C = (planes + L) F, or (planes + 1) F for a weighted sum.
        """
        if self.smoother is None and self.predictor is None:
            return features.flatten(0, 1)
        levels = features[planes:]
        if self.smoother is not None:
            levels = self.smoother.plain(levels) if plain else self.smoother(levels)
        if self.predictor is not None:
            levels = (levels * self.predictor(points, len(levels))[:, None]).sum(dim=0, keepdim=True)
        return torch.cat([features[:planes], levels]).flatten(0, 1)


def make_fusion(
    in_dim: int, features: int, levels: int, smoothing: Mapping[str, Any] | None, fusion: str
) -> Fusion:
    """Build from the configuration.

    Args:
        smoothing: None, or `networks`, `expansion` and `normalized` of `Smoother`.
        fusion: `concatenate` or `weighted-sum`.

    Raises:
        UserError: an unknown word or key.
    """
    check_word("fusion", fusion, ("concatenate", "weighted-sum"))
    smoother = make_part("smoothing", Smoother, features, levels, options=smoothing)
    return Fusion(smoother, LevelPredictor(in_dim, levels) if fusion == "weighted-sum" else None)
