"""What is learned of a scene: density at points, and colour at points seen along directions."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fieldbench import registry
from fieldbench.encoders._multigrid import lattices
from fieldbench.errors import UserError
from fieldbench.kernels.fused import grid_encode
from fieldbench.radiance.directions import DEGREES, spherical_harmonics
from fieldbench.radiance.perceptron import GRADIENT_SCALE, Perceptron, scaled
from fieldbench.radiance.point_major import look_up_point_major
from fieldbench.registry import check_word, make_part

IN_DIM = 3
LATENT = 16  # outputs of the density network; the first is the logarithm of the density
LARGEST_LOGARITHM = 15.0  # of a density, beyond which its gradient is cut off, as in Instant-NGP
# Logarithm of the density where the network says 0: with less, colours turn black before solids form.
DENSITY_AT_ZERO = 1.0
PRECISIONS = ("float32", "float16")
ORDERS = ("level-major", "point-major")
OTHERS = {"fusion", "plane", "progression", "smoothing"}  # parts of an encoder that follow its look-ups


class RadianceField(nn.Module, ABC):
    """A scene. Points (N, 3) lie in the unit cube; densities are per unit of the scene's length.

    Attributes:
        multiply_adds: of the networks, per sample: density, colour.
        table_bytes: of the tables as they are looked up.
    """

    multiply_adds: tuple[int, int]
    table_bytes: int

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


def build(entry: Mapping[str, Any]) -> RadianceField:
    """The field of a configuration entry, `type` and its parameters.

    Raises:
        UserError: unknown type, or a parameter that the type does not take or lacks.
    """
    check_word("radiance field", entry["type"], TYPES)
    options = {key: value for key, value in entry.items() if key != "type"}
    return make_part(f"field of type {entry['type']}", TYPES[entry["type"]], options=options)


class Hash(RadianceField):
    """Instant-NGP: a multi-resolution hash grid, a small density network and a small colour network.

    Args:
        grid: parameters of the encoder `multigrid`.
        hidden: neurons per hidden layer; one in the density network.
        colour_layers: hidden layers of the colour network.
        degree: bands of spherical harmonics that tell the direction.
        precision: `float32`; or `float16`: tables are rounded to half precision wherever they are used, and on CUDA the
            networks compute in it; what is trained stays in single precision.
        order: `level-major`: all points in one level before the next; `point-major`: few points through all levels
            before the next points. The same features; CPU.
        fused: run each network as one kernel, on CUDA in half precision.
    """

    def __init__(
        self,
        grid: Mapping[str, Any],
        hidden: int = 64,
        colour_layers: int = 2,
        degree: int = 4,
        precision: str = "float32",
        order: str = "level-major",
        fused: bool = False,
    ) -> None:
        super().__init__()
        check_word("precision", precision, PRECISIONS)
        check_word("order", order, ORDERS)
        check_word("degree", degree, DEGREES)
        self.half, self.point_major, self.degree = precision == "float16", order == "point-major", degree
        if fused and not self.half:
            raise UserError(
                "A fused network computes in half precision: give `precision: float16` with `fused`."
            )
        plain = not self.half and not self.point_major
        if not plain and set(grid) & OTHERS:
            raise UserError(
                f"Half precision and the order 'point-major' have only look-ups: no {_listed(OTHERS)}."
            )
        if self.half and self.point_major:
            raise UserError(
                "The order 'point-major' is of single precision: give one of `precision` and `order`."
            )
        self.encoder = registry.build("encoders", "multigrid", IN_DIM, **grid)
        self.lattices = lattices(self.encoder.grid, IN_DIM)
        self.shape = Perceptron([self.encoder.out_dim, hidden, LATENT], self.half, fused)
        self.look = Perceptron([LATENT + degree**2, *[hidden] * colour_layers, 3], self.half, fused)
        self.multiply_adds = self.shape.multiply_adds, self.look.multiply_adds
        self.table_bytes = _numbers(self.encoder.tables) * (2 if self.half else 4)

    def density(self, points: Tensor) -> tuple[Tensor, Tensor]:
        latent = self.shape(self.encode(points))
        return _density(self._left(latent[0])), latent

    def view(self, directions: Tensor) -> Tensor:
        return spherical_harmonics(directions, self.degree)

    def colour(self, latent: Tensor, view: Tensor) -> Tensor:
        return self._left(self.look(torch.cat([latent, view.to(latent.dtype)]))).sigmoid()

    def groups(self, rate: float) -> list[dict[str, Any]]:
        # Gradients of rows are tiny and rare: Adam's epsilon and memory as in Müller et al. 2022, section 4.
        settings = {"lr": rate, "betas": (0.9, 0.99), "eps": 1e-15}
        return [{"params": list(self.parameters()), **settings}]

    def encode(self, points: Tensor) -> Tensor:
        """Features (L F, N)."""
        tables = list(self.encoder.tables)
        if self.point_major:
            return look_up_point_major(tables, points, self.encoder.grid)
        if self.half:
            table = scaled(torch.cat(tables), 1 / GRADIENT_SCALE)
            return grid_encode(points, table, self.lattices, torch.float16).flatten(0, 1)
        return self.encoder(points).T

    def _left(self, values: Tensor) -> Tensor:
        """What leaves half precision, if it was in use."""
        return scaled(values.float(), GRADIENT_SCALE) if self.half else values


class Voxel(RadianceField):
    """A dense grid of density and colour, without a network: trilinear, colours in spherical harmonics.

    In the family of Plenoxels (Fridovich-Keil et al. 2022) and DVGO (Sun et al. 2022), which interpolate before the
    activation.

    Args:
        resolution: lattice points along each side of the cube.
        degree: bands of spherical harmonics of a colour.
    """

    def __init__(self, resolution: int, degree: int = 2) -> None:
        super().__init__()
        check_word("degree", degree, DEGREES)
        self.encoder = registry.build(
            "encoders",
            "multigrid",
            IN_DIM,
            base_resolution=resolution,
            max_resolution=resolution,
            levels=1,
            features=1 + 3 * degree**2,
            table_size=resolution**3,
            cells="aligned",
        )
        self.resolution, self.degree = resolution, degree
        self.multiply_adds = 0, 3 * degree**2
        self.table_bytes = 4 * _numbers(self.encoder.tables)

    def density(self, points: Tensor) -> tuple[Tensor, Tensor]:
        values = self.encoder(points).T if points.device.type == "cpu" else self.sampled(points)
        return _density(values[0]), values[1:]

    def sampled(self, points: Tensor) -> Tensor:
        """The grid's values (C, N) at points by torch's own look-up, which is fast on CUDA."""
        volume = self.encoder.tables[0].T.unflatten(1, [self.resolution] * 3)[None]
        places = (2 * points - 1).flip(-1)[None, None, None]  # the fastest axis first
        return F.grid_sample(volume, places, align_corners=True)[0, :, 0, 0]

    def view(self, directions: Tensor) -> Tensor:
        return spherical_harmonics(directions, self.degree)

    def colour(self, latent: Tensor, view: Tensor) -> Tensor:
        return (latent.unflatten(0, (3, -1)) * view).sum(1).sigmoid()


class Frequency(RadianceField):
    """The original radiance field: sines and cosines of the coordinates and a large network (Mildenhall et al. 2020).

    Args:
        frequencies: octaves, from one wave per cube on.
        hidden, hidden_layers: of the density network; the input enters again in its middle.
        degree: bands of spherical harmonics that tell the direction.
    """

    def __init__(
        self, frequencies: int = 10, hidden: int = 256, hidden_layers: int = 8, degree: int = 4
    ) -> None:
        super().__init__()
        check_word("degree", degree, DEGREES)
        self.register_buffer("octaves", 2 * torch.pi * 2.0 ** torch.arange(frequencies), persistent=False)
        inputs, half = IN_DIM * (1 + 2 * frequencies), hidden_layers // 2
        first = [inputs, *[hidden] * half]
        self.first = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(first))
        second = [hidden + inputs, *[hidden] * (hidden_layers - half)]
        self.second = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(second))
        self.thick = nn.Linear(hidden, 1)
        self.look = nn.ModuleList([nn.Linear(hidden + degree**2, hidden // 2), nn.Linear(hidden // 2, 3)])
        self.degree = degree
        layers = [*self.first, *self.second, self.thick]
        self.multiply_adds = tuple(
            sum(layer.weight.numel() for layer in part) for part in (layers, self.look)
        )

        self.table_bytes = 0

    def density(self, points: Tensor) -> tuple[Tensor, Tensor]:
        angles = (points.T[:, None] * self.octaves[:, None]).flatten(0, 1)
        inputs = torch.cat([2 * points.T - 1, angles.sin(), angles.cos()])
        values = inputs
        for layer in self.first:
            values = F.relu_(_apply(layer, values))
        values = torch.cat([values, inputs])
        for layer in self.second:
            values = F.relu_(_apply(layer, values))
        return _density(_apply(self.thick, values)[0]), values

    def view(self, directions: Tensor) -> Tensor:
        return spherical_harmonics(directions, self.degree)

    def colour(self, latent: Tensor, view: Tensor) -> Tensor:
        first, last = self.look
        return _apply(last, F.relu_(_apply(first, torch.cat([latent, view])))).sigmoid()


TYPES: dict[str, Callable[..., RadianceField]] = {"hash": Hash, "voxel": Voxel, "frequency": Frequency}


def _numbers(tables: Iterable[Tensor]) -> int:
    return sum(table.numel() for table in tables)


def _density(logarithm: Tensor) -> Tensor:
    return (logarithm + DENSITY_AT_ZERO).clamp(max=LARGEST_LOGARITHM).exp()


def _apply(layer: nn.Linear, values: Tensor) -> Tensor:
    return torch.addmm(layer.bias[:, None], layer.weight, values)


def _listed(words: set[str]) -> str:
    return ", ".join(sorted(words))
