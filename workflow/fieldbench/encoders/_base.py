"""What every encoder offers, at scattered points and on a regular grid of points."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from fieldbench.errors import UserError

Part = TypeVar("Part")


class Encoder(nn.Module, ABC):
    """An encoding of points in the unit cube.

    `plain` is the reference. Calling the encoder may use a faster form with equal results; on a regular
    grid of points `on_grid` gives the fastest. Coordinates get no gradient.

    Attributes:
        out_dim: features per point.
        levels: levels of resolution; 0 for encoders without.
    """

    def __init__(self, out_dim: int, levels: int = 0) -> None:
        super().__init__()
        self.out_dim = out_dim
        self.levels = levels

    @property
    def active_levels(self) -> int:
        """Levels in use at this point of the training."""
        return self.levels

    def set_progress(self, fraction: float) -> None:
        """Tell a scheduled encoder which fraction of the training, in [0, 1), is done; others ignore it."""

    @property
    def complete(self) -> bool:
        """Whether every level is in use with its full weight."""
        return True

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


class GridView(nn.Module):
    """An encoder bound to the points of a regular grid.

    Calling it gives features (active, ny nx), channel first: the features of inactive levels, which would be 0, are
    left out, and the active ones come first in the encoder's order.
    """

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels

    @property
    def active_levels(self) -> int:
        """Levels in use at this point of the training."""
        return self.levels

    def set_progress(self, fraction: float) -> None:
        """See `Encoder.set_progress`."""

    def write_back(self) -> None:
        """Put trained values into the encoder; nothing to do where its parameters themselves were trained."""


class PlainView(GridView):
    """The general form: evaluates `plain` for all points, once if the encoder has no parameters."""

    def __init__(self, encoder: Encoder, shape: tuple[int, int]) -> None:
        super().__init__(encoder.levels)
        own = [*encoder.parameters(), *encoder.buffers()]
        points = grid_points(shape).to(own[0].device if own else "cpu")
        constant = not any(True for _ in encoder.parameters())
        features = encoder.plain(points).T.contiguous() if constant else None
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


def check_word(key: str, word: str, known: Iterable[str]) -> None:
    """Raise a UserError that lists the known words if `word` is none of them."""
    if word not in known:
        raise UserError(f"Unknown {key} '{word}' of an encoder; known: {', '.join(known)}.")


def make_part(
    key: str, factory: Callable[..., Part], *args: Any, options: Mapping[str, Any] | None
) -> Part | None:
    """Build a part of an encoder from the configuration's nested `options`; None without options.

    Raises:
        UserError: an option that the part does not take, or lacks.
    """
    if options is None:
        return None
    try:
        inspect.signature(factory).bind(*args, **options)
    except TypeError as error:
        takes = list(inspect.signature(factory).parameters)[len(args) :]
        raise UserError(f"{key}: {error}; it takes: {', '.join(takes)}.") from error
    return factory(*args, **options)
