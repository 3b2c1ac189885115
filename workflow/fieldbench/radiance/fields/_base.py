"""What every radiance field offers: density at points, and colour at points seen along directions."""

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn

IN_DIM = 3
LARGEST_LOGARITHM = 15.0  # of a density, beyond which its gradient is cut off, as in Instant-NGP
# Logarithm of the density where the network says 0: with less, colours turn black before solids form.
DENSITY_AT_ZERO = 1.0


class RadianceField(nn.Module, ABC):
    """A scene. Points (N, 3) lie in the unit cube; densities are per unit of the scene's length.

    Attributes:
        multiply_adds: of the networks, per sample: density, colour.
        table_bytes: of the tables as they are looked up.
        shared_levels: of the tables, that have fewer rows than points, so that some of these share one.
    """

    multiply_adds: tuple[int, int]
    table_bytes: int
    shared_levels = 0

    @abstractmethod
    def density(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Density (N,), and what `colour` needs to know of the points, (C, N)."""

    @abstractmethod
    def view(self, directions: Tensor) -> Tensor:
        """What `colour` needs to know of directions (R, 3), (E, R)."""

    @abstractmethod
    def colour(self, latent: Tensor, view: Tensor) -> Tensor:
        """Colours (3, N) in [0, 1] from the results (C, N) and (E, N) of `density` and `view`."""

    def groups(self, rate: float) -> list[dict[str, Any]]:
        """Parameters with Adam's settings, as of `torch.optim.Adam`."""
        return [{"params": list(self.parameters()), "lr": rate}]


def to_density(logarithm: Tensor) -> Tensor:
    """Density of what a field learns of it."""
    return (logarithm + DENSITY_AT_ZERO).clamp(max=LARGEST_LOGARITHM).exp()
