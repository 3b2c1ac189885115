"""What may follow the look-up in a multi-resolution grid: smoothing of features, and fusion of levels."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from fieldbench.registry import check_word, make_part

ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU}


class Smoother(nn.Module):
    """Smoothing of features f by a small network S: f + sigmoid(w) S(f) with a learned weight w, 0.1 at the start, or S(f).

    "Benchmarks", version 2: S is Linear(F, 2F), ReLU, Linear(2F, F), shared by all levels; as it was run, and in the
    "Technical Report": Linear(F, 4F), LayerNorm, GELU, Linear(4F, F), shared (versions 2, 4) or one per level (3, 5).

    Args:
        features: F.
        levels: number of levels.
        networks: `shared`, one S for all levels, or `per-level`.
        expansion: hidden width over F.
        normalized: LayerNorm and GELU instead of ReLU.
        residual: whether S(f) is added to f, or replaces it and there is no weight.

    Raises:
        UserError: an unknown word.
    """

    def __init__(
        self,
        features: int,
        levels: int,
        networks: str,
        expansion: int,
        normalized: bool,
        residual: bool = True,
    ) -> None:
        super().__init__()
        check_word("smoothing.networks", networks, ("shared", "per-level"))
        hidden = features * expansion

        def network() -> nn.Sequential:
            middle = [nn.LayerNorm(hidden), nn.GELU()] if normalized else [nn.ReLU()]
            return nn.Sequential(nn.Linear(features, hidden), *middle, nn.Linear(hidden, features))

        count = 1 if networks == "shared" else levels
        self.networks = cast("Sequence[nn.Sequential]", nn.ModuleList(network() for _ in range(count)))
        self.weight = nn.Parameter(torch.full((count,), 0.1)) if residual else None

    def plain(self, levels: Tensor) -> Tensor:
        """(L, F, N) features of the first L levels -> the same, smoothed."""
        if len(self.networks) == 1:
            return self._smooth(levels, 0)
        return torch.stack([self._smooth(level, i) for i, level in enumerate(levels)])

    def _smooth(self, features: Tensor, index: int) -> Tensor:
        change = self.networks[index](features.transpose(-1, -2)).transpose(-1, -2)
        return change if self.weight is None else features + torch.sigmoid(self.weight[index]) * change

    def forward(self, levels: Tensor) -> Tensor:
        """As `plain`, compiled on a CPU."""
        if levels.device.type != "cpu":
            return self.plain(levels)
        from fieldbench.kernels.smoothing import Smooth  # compiled on first use; a CUDA run never needs it

        used = self.networks[: len(levels)]
        normalized = isinstance(used[0][1], nn.LayerNorm)
        weight, count = self.weight, len(used)
        strength = torch.ones(count) if weight is None else torch.sigmoid(weight[:count])
        parameters = [parameter for network in used for parameter in _weights(network)]
        return Smooth.apply(levels.contiguous(), strength, normalized, weight is not None, *parameters)


def _weights(network: Iterable[Any]) -> list[Tensor]:
    """The parameters in the order of `kernels.smoothing.Weights`, with stand-ins where there is no LayerNorm."""
    first, middle, *_, second = network
    norm = [middle.weight, middle.bias] if isinstance(middle, nn.LayerNorm) else [first.bias.detach()] * 2
    return [first.weight, first.bias, *norm, second.weight, second.bias]


class LevelPredictor(nn.Module):
    """Weights of levels by position: Linear(d, H), an activation, Linear(H, levels), Softmax.

    "Benchmarks", version 3: 64 and ReLU; as it was run: 16 and GELU.

    Args:
        in_dim: d.
        levels: number of levels.
        hidden: H.
        activation: `relu` or `gelu`.

    Raises:
        UserError: an unknown word.
    """

    def __init__(self, in_dim: int, levels: int, hidden: int, activation: str) -> None:
        super().__init__()
        check_word("weighted_sum.activation", activation, ACTIVATIONS)
        self.network = nn.Sequential(
            nn.Linear(in_dim, hidden), ACTIVATIONS[activation](), nn.Linear(hidden, levels)
        )

    def forward(self, points: Tensor, active: int) -> Tensor:
        """(N, d) points -> (active, N) weights, which sum to 1 however many levels are active."""
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
    in_dim: int,
    features: int,
    levels: int,
    smoothing: Mapping[str, Any] | None,
    weighted_sum: Mapping[str, Any] | None,
) -> Fusion:
    """Build from the configuration.

    Args:
        smoothing: None, or the options of `Smoother`.
        weighted_sum: None for concatenated levels, or the options of `LevelPredictor`, whose weights sum them.

    Raises:
        UserError: an unknown word or key.
    """
    smoother = make_part("smoothing", Smoother, features, levels, options=smoothing)
    predictor = make_part("weighted_sum", LevelPredictor, in_dim, levels, options=weighted_sum)
    return Fusion(smoother, predictor)
