"""Ways of training latents that are whole numbers, or entries of a codebook, in the file.

Every quantizer says what the decoder sees of real latents while they train, what coding them would take, and which
symbols stand for them in the end. The last part of every training (after `decay`) rounds with a straight-through
gradient, so that quantizers differ in how they get there.
"""

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fieldbench.compression.prior import Factorized
from fieldbench.errors import UserError

ENTRIES = 64  # of a codebook, unless told
LEAST_SHARE = 1e-7  # uniform noise is kept from 0 and 1, whose logits are infinite


class Quantizer(nn.Module, ABC):
    """Latents (N, D), real while they train.

    Attributes:
        fraction: share of the training that is done.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fraction = 0.0

    def set_progress(self, fraction: float) -> None:
        """Note which fraction of the training, in [0, 1), is done."""
        self.fraction = fraction

    @abstractmethod
    def forward(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        """What the decoder sees of `latents` in training, (N, D)."""

    @abstractmethod
    def bits(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        """Estimated bits of all latents: a number with a gradient."""

    def penalty(self, latents: Tensor) -> Tensor:
        """What joins the loss besides distortion and rate."""
        return latents.new_zeros(())

    @abstractmethod
    def symbols(self, latents: Tensor) -> Tensor:
        """The whole numbers (N, S) that the file holds; int64."""

    def tensors(self) -> list[Tensor]:
        """What the decoder needs besides the symbols."""
        return []


class Scalar(Quantizer):
    """Latents that become whole numbers, each number by itself; rate by a learned distribution with uniform noise.

    Args:
        prior: of the latents.
        group: (N,) group of each latent in the prior; None for a single one.
        decay: share of the training before the straight-through rounding.
    """

    group: Tensor | None

    def __init__(self, prior: Factorized, group: Tensor | None, decay: float = 0.9) -> None:
        super().__init__()
        self.prior, self.decay = prior, decay
        self.register_buffer("group", group, persistent=False)

    def forward(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        return self.soft(latents, generator) if self.fraction < self.decay else straight_through(latents)

    @abstractmethod
    def soft(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        """What the decoder sees before the straight-through rounding."""

    def bits(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        return self.prior.bits(latents + noise(latents, generator), self.group).sum()

    def symbols(self, latents: Tensor) -> Tensor:
        return latents.round().long()


class Hardening(Scalar):
    """A rounding that hardens with its temperature, which falls from 1 by equal factors over `decay` of the training."""

    def __init__(
        self, prior: Factorized, group: Tensor | None, end_temperature: float = 0.1, decay: float = 0.9
    ) -> None:
        super().__init__(prior, group, decay)
        self.end_temperature = end_temperature

    @property
    def temperature(self) -> float:
        return self.end_temperature ** min(self.fraction / self.decay, 1.0)


class Annealing(Hardening):
    """Stochastic Gumbel annealing: a random choice between rounding down and up, which hardens.

    Source: Yang et al. 2020, "Improving inference for neural image compression", with SHACIRA's tanh.
    """

    def soft(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        uniform = noise(latents, generator) + 0.5
        gumbel = torch.logit(uniform, LEAST_SHARE)  # the difference of two Gumbel variables is logistic
        return soft_choice(latents, gumbel, self.temperature)


class StraightThrough(Scalar):
    """Rounding with the gradient of the identity, from the start."""

    def soft(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        return straight_through(latents)


class UniformNoise(Scalar):
    """Uniform noise in the place of rounding (Ballé et al. 2017)."""

    def soft(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        return latents + noise(latents, generator)


class SoftRounding(Hardening):
    """A smooth rounding that hardens, uniform noise, and the best guess from both.

    Source: Agustsson & Theis 2020, "Universally quantized neural compression", section 4.
    """

    def soft(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        sharpness = 1 / self.temperature
        noisy = soft_round(latents, sharpness) + noise(latents, generator)
        return inverse_soft_round(noisy - 0.5, sharpness) + 0.5


class Vector(Quantizer):
    """Latents that become entries of a learned codebook (van den Oord et al. 2017, section 3.2).

    The rate is that of a learned distribution over the entries; latents feel it through a soft choice between
    entries, whose temperature is the squared distance of neighbouring entries at the start.

    Args:
        dimensions: D, of a latent.
        size: entries.
        commitment: weight of the latents' squared distance from their entries.
        decay: taken for the sake of one interface; the choice of an entry is hard throughout.
    """

    def __init__(
        self, dimensions: int, size: int = ENTRIES, commitment: float = 0.25, decay: float = 0.9
    ) -> None:
        super().__init__()
        self.commitment, self.decay = commitment, decay
        self.codebook = nn.Parameter(_first_entries(size, dimensions))
        self.logits = nn.Parameter(-0.1 * self.codebook.detach().norm(dim=1))

    def forward(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        return latents + (self.codebook[self._nearest(latents)] - latents).detach()

    def bits(self, latents: Tensor, generator: torch.Generator) -> Tensor:
        costs = -F.log_softmax(self.logits, 0) / math.log(2)
        # The gradient of the first term moves the distribution, that of the second the latents.
        coded = costs[self._nearest(latents)].sum()
        pull = (latents * self._pull(latents, costs)).sum()
        return coded + pull - pull.detach()

    @torch.no_grad()
    def _pull(self, latents: Tensor, costs: Tensor) -> Tensor:
        """The gradient (N, D) of the mean cost of softly chosen entries: with shares p and costs c of the entries e,
        d(sum p c) / dx = 2 (sum p c e - sum p c sum p e)."""
        entries = self.codebook
        shares = torch.softmax(self._nearness(latents), dim=1)
        sums = shares @ torch.cat([costs[:, None], entries, costs[:, None] * entries], dim=1)
        mean, place, both = sums.split([1, entries.shape[1], entries.shape[1]], dim=1)
        return 2 * (both - mean * place)

    def penalty(self, latents: Tensor) -> Tensor:
        entries = self.codebook[self._nearest(latents)]
        learn = ((latents.detach() - entries) ** 2).mean()
        return learn + self.commitment * ((latents - entries.detach()) ** 2).mean()

    def symbols(self, latents: Tensor) -> Tensor:
        return self._nearest(latents)[:, None]

    def tensors(self) -> list[Tensor]:
        return [self.codebook]

    @torch.no_grad()
    def _nearness(self, latents: Tensor) -> Tensor:
        """(N, size) the negative squared distances, but for a number that a latent's entries share."""
        return torch.addmm(-(self.codebook**2).sum(1), latents, self.codebook.T, alpha=2)

    def _nearest(self, latents: Tensor) -> Tensor:
        return self._nearness(latents).argmax(dim=1)


TYPES = {
    "sga": Annealing,
    "ste": StraightThrough,
    "uniform-noise": UniformNoise,
    "soft-rounding": SoftRounding,
    "vector": Vector,
}


def check(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a quantizer besides its `type`.

    Raises:
        UserError: an unknown type or option.
    """
    own = {key: value for key, value in options.items() if key != "type"}
    if options.get("type") not in TYPES:
        raise UserError(f"Unknown quantizer type '{options.get('type')}'; known: {', '.join(TYPES)}.")
    takes = set(inspect.signature(TYPES[options["type"]]).parameters) - {"prior", "group", "dimensions"}
    if unknown := sorted(set(own) - takes):
        raise UserError(
            f"quantizer '{options['type']}' does not take {', '.join(unknown)}; "
            f"it takes: {', '.join(sorted(takes)) or 'nothing'}."
        )
    return own


def build(options: Mapping[str, Any], dimensions: int, sizes: list[int], per_level: bool) -> Quantizer:
    """The quantizer of `type` with its other options.

    Args:
        dimensions: D, of a latent.
        sizes: latents of each level.
        per_level: one distribution per level instead of one for all.

    Raises:
        UserError: see `check`.
    """
    own = check(options)
    if options["type"] == "vector":
        return Vector(dimensions, **own)
    group = torch.repeat_interleave(torch.tensor(sizes)) if per_level else None
    return TYPES[options["type"]](Factorized(dimensions, len(sizes) if per_level else 1), group, **own)


def noise(like: Tensor, generator: torch.Generator) -> Tensor:
    """Uniform in [-1/2, 1/2)."""
    return torch.rand(like.shape, generator=generator, device=like.device) - 0.5


def straight_through(latents: Tensor) -> Tensor:
    """Rounded, with the gradient of the identity."""
    return latents + (latents.round() - latents).detach()


def soft_choice(latents: Tensor, gumbel: Tensor, temperature: float) -> Tensor:
    """Between floor and ceiling by a softmax over (logits + Gumbel noise) / temperature.

    The logits are -tanh(distance) / temperature for both neighbours.

    Args:
        gumbel: the noise of the upper neighbour less that of the lower.
    """
    lower = latents.detach().floor()
    above = latents - lower
    logit = (torch.tanh(above) - torch.tanh(1 - above)) / temperature
    return lower + torch.sigmoid((logit + gumbel) / temperature)


def soft_round(x: Tensor, sharpness: float) -> Tensor:
    """A smooth function with the fixed points n and n + 1/2 that nears rounding as `sharpness` grows."""
    lower = x.detach().floor()
    return lower + 0.5 + torch.tanh(sharpness * (x - lower - 0.5)) / (2 * math.tanh(sharpness / 2))


def inverse_soft_round(y: Tensor, sharpness: float) -> Tensor:
    """The inverse of `soft_round`."""
    lower = y.detach().floor()
    inside = (2 * math.tanh(sharpness / 2) * (y - lower - 0.5)).clamp(-1 + 1e-6, 1 - 1e-6)
    return lower + 0.5 + torch.atanh(inside) / sharpness


def _first_entries(size: int, dimensions: int) -> Tensor:
    """Whole numbers around 0 for one dimension, else normal ones."""
    if dimensions == 1:
        return (torch.arange(size, dtype=torch.float32) - size // 2)[:, None]
    return torch.randn(size, dimensions) * size ** (1 / dimensions) / 2
