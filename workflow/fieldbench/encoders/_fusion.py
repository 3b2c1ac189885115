"""What may follow the look-up in a multi-resolution grid: smoothing of features, and fusion of levels."""

import torch
from torch import Tensor, nn

from fieldbench.encoders._base import check_word
from fieldbench.errors import UserError


class Smoother(nn.Module):
    """Residual smoothing f + sigmoid(w) S(f) with a small network S and a learned weight w, 0.1 at the start.

    "Benchmarks", version 2: S is Linear(F, 2F), ReLU, Linear(2F, F), shared by all levels. "Technical
    Report": Linear(F, 4F), LayerNorm, GELU, Linear(4F, F), shared (versions 2, 4) or one per level
    (versions 3, 5).

    Args:
        features: F.
        levels: number of levels.
        shared: one S for all levels instead of one per level.
        expansion: hidden width over F.
        normalized: LayerNorm and GELU instead of ReLU.
    """

    def __init__(self, features: int, levels: int, shared: bool, expansion: int, normalized: bool) -> None:
        super().__init__()
        hidden = features * expansion

        def network() -> nn.Sequential:
            middle = [nn.LayerNorm(hidden), nn.GELU()] if normalized else [nn.ReLU()]
            return nn.Sequential(nn.Linear(features, hidden), *middle, nn.Linear(hidden, features))

        count = 1 if shared else levels
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
        return Smooth.apply(
            levels, strength, normalized, *(tensor for network in used for tensor in _six(network))
        )


def _six(network: nn.Sequential) -> list[Tensor]:
    """Weights and biases in the order of `kernels.smoothing.smooth`; without LayerNorm, placeholders."""
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


def make_fusion(in_dim: int, features: int, levels: int, smoothing: dict | None, fusion: str) -> Fusion:
    """Build from the configuration's words.

    Args:
        smoothing: None, or `networks` (shared | per-level), `expansion` and `normalized` as in `Smoother`.
        fusion: `concatenate` or `weighted-sum`.

    Raises:
        UserError: an unknown word or key.
    """
    check_word("fusion", fusion, ("concatenate", "weighted-sum"))
    smoother = None
    if smoothing is not None:
        unknown = set(smoothing) ^ {"networks", "expansion", "normalized"}
        if unknown:
            raise UserError(
                f"smoothing takes networks, expansion and normalized; wrong or missing: {sorted(unknown)}."
            )
        check_word("smoothing.networks", smoothing["networks"], ("shared", "per-level"))
        shared = smoothing["networks"] == "shared"
        smoother = Smoother(features, levels, shared, smoothing["expansion"], smoothing["normalized"])
    return Fusion(smoother, LevelPredictor(in_dim, levels) if fusion == "weighted-sum" else None)
