"""What every encoder offers, at scattered points and on a regular grid of points."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from fieldbench.encoders._progression import Progression


class Levels(nn.Module):
    """Levels of resolution, which a schedule activates one after the other.

    Attributes:
        levels: their number; 0 for encoders without.
        schedule: None where all are active from the start.
    """

    def __init__(self, levels: int, schedule: Progression | None) -> None:
        super().__init__()
        self.levels = levels
        self.schedule = schedule

    @property
    def active_levels(self) -> int:
        """Levels in use at this point of the training."""
        return self.schedule.active if self.schedule else self.levels

    @property
    def complete(self) -> bool:
        """Whether every level is in use with its full weight."""
        return self.schedule is None or self.schedule.complete

    def set_progress(self, fraction: float) -> None:
        """Tell the schedule which fraction of the training, in [0, 1), is done."""
        if self.schedule:
            self.schedule.set(fraction)


class Encoder(Levels, ABC):
    """An encoding of points in the unit cube.

    `plain` is the reference. Calling the encoder may use a faster form with equal results; on a regular
    grid of points `on_grid` gives the fastest. Coordinates get no gradient.

    Attributes:
        out_dim: features per point.
        levels, schedule: see `Levels`.
    """

    def __init__(self, out_dim: int, levels: int = 0, schedule: Progression | None = None) -> None:
        super().__init__(levels, schedule)
        self.out_dim = out_dim

    def sizes(self) -> dict[str, int]:
        """What its learned parts take: bytes of tables and plane, parameters of smoother and predictor of levels."""
        return dict.fromkeys(("table_bytes", "plane_bytes", "smoother_count", "predictor_count"), 0)

    @abstractmethod
    def plain(self, points: Tensor) -> Tensor:
        """Features (N, out_dim) of points (N, d) in [0, 1], slowest axis first; 0 for inactive levels."""

    def forward(self, points: Tensor) -> Tensor:
        """As `plain`, in the fastest form for scattered points."""
        return self.plain(points)

    def on_grid(self, shape: tuple[int, int]) -> "GridView":
        """A module that encodes a regular grid of (ny, nx) points and trains in the place of this encoder."""
        return PlainView(self, shape)


class GridView(Levels):
    """An encoder bound to the points of a regular grid.

    Calling it gives features (active, ny nx), channel first: the features of inactive levels, which would be 0, are
    left out, and the active ones come first in the encoder's order.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder.levels, encoder.schedule)

    def level_parameters(self) -> Iterable[nn.Parameter]:
        """What is learned of each level, coarse to fine; nothing where there are none."""
        return ()

    def write_back(self) -> None:
        """Put trained values into the encoder; nothing to do where its parameters themselves were trained."""


class PlainView(GridView):
    """The general form: evaluates `plain` for all points, once if the encoder has no parameters."""

    points: Tensor
    features: Tensor | None

    def __init__(self, encoder: Encoder, shape: tuple[int, int]) -> None:
        super().__init__(encoder)
        parameters = list(encoder.parameters())
        stored = [*parameters, *encoder.buffers()]
        points = grid_points(shape).to(stored[0].device if stored else "cpu")
        features = None if parameters else encoder.plain(points).T.contiguous()
        self.encoder = encoder
        self.register_buffer("points", points, persistent=False)
        self.register_buffer("features", features, persistent=False)

    def forward(self) -> Tensor:
        return self.encoder.plain(self.points).T if self.features is None else self.features


def axis_coordinates(count: int) -> Tensor:
    """(count,) coordinates of a regular grid along one axis: 0 to 1 with both ends, 0 for a single point."""
    return torch.linspace(0, 1, count)


def grid_points(shape: tuple[int, ...]) -> Tensor:
    """(N, d) points of a regular grid, slowest axis first, in row-major order."""
    axes = torch.meshgrid(*(axis_coordinates(count) for count in shape), indexing="ij")
    return torch.stack([axis.reshape(-1) for axis in axes], dim=1)


def parameter_count(module: nn.Module | None) -> int:
    """Learned numbers of a part that there may be."""
    return sum(parameter.numel() for parameter in module.parameters()) if module else 0


def stored_bytes(module: nn.Module | None) -> int:
    """Bytes of these numbers, each in its own precision."""
    return sum(parameter.nbytes for parameter in module.parameters()) if module else 0
