"""Instant-NGP: a multi-resolution hash grid, a small density network and a small colour network (Müller et al. 2022)."""

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor

from fieldbench.encoders import multigrid
from fieldbench.encoders._multigrid import lattices
from fieldbench.errors import UserError
from fieldbench.kernels.fused import grid_encode
from fieldbench.radiance.directions import DEGREES, spherical_harmonics
from fieldbench.radiance.fields._base import IN_DIM, RadianceField, to_density
from fieldbench.radiance.perceptron import GRADIENT_SCALE, Perceptron, scaled
from fieldbench.radiance.point_major import look_up_point_major
from fieldbench.registry import check_word, make_part
from fieldbench.values import Count

LATENT = 16  # outputs of the density network; the first is the logarithm of the density
PRECISIONS = ("float32", "float16")
ORDERS = ("level-major", "point-major")
OTHERS = {"plane", "progression", "smoothing", "weighted_sum"}  # parts of an encoder that follow its look-ups


def build(
    *,
    grid: Mapping[str, Any],
    hidden: Count = 64,
    colour_layers: Count = 2,
    degree: Count = 4,
    precision: Literal["float32", "float16"] = "float32",
    order: Literal["level-major", "point-major"] = "level-major",
    fused: bool = False,
) -> "Hash":
    """Build the field.

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

    Raises:
        UserError: an unknown word, or choices that exclude one another.
    """
    check_word("precision", precision, PRECISIONS)
    check_word("order", order, ORDERS)
    check_word("degree", degree, DEGREES)
    half, point_major = precision == "float16", order == "point-major"
    if fused and not half:
        raise UserError("A fused network computes in half precision: give `precision: float16` with `fused`.")
    if (half or point_major) and set(grid) & OTHERS:
        raise UserError(
            f"Half precision and the order 'point-major' have only look-ups: no {', '.join(sorted(OTHERS))}."
        )
    if half and point_major:
        raise UserError(
            "The order 'point-major' is of single precision: give one of `precision` and `order`."
        )
    encoder = make_part("grid", multigrid.build, IN_DIM, options=grid)
    shape = Perceptron([encoder.out_dim, hidden, LATENT], half, fused)
    look = Perceptron([LATENT + degree**2, *[hidden] * colour_layers, 3], half, fused)
    return Hash(encoder, shape, look, degree, half, point_major)


class Hash(RadianceField):
    """Tables and two networks, see `build`.

    Args:
        encoder: of points.
        shape: the density network, features -> density's logarithm and what the colour follows from.
        look: the colour network.
        degree: see `build`.
        half: compute in half precision.
        point_major: see `order` of `build`.
    """

    def __init__(
        self,
        encoder: multigrid.Multigrid,
        shape: Perceptron,
        look: Perceptron,
        degree: int,
        half: bool,
        point_major: bool,
    ) -> None:
        super().__init__()
        self.encoder, self.shape, self.look = encoder, shape, look
        self.degree, self.half_precision, self.point_major = degree, half, point_major
        self.lattices = lattices(encoder.grid, IN_DIM)
        self.multiply_adds = shape.multiply_adds, look.multiply_adds
        self.shared_levels = sum(level.rows < level.resolution**IN_DIM for level in encoder.grid)
        self.table_bytes = sum(table.numel() for table in encoder.tables) * (2 if half else 4)

    def density(self, points: Tensor) -> tuple[Tensor, Tensor]:
        latent = self.shape(self.encode(points))
        return to_density(self._left(latent[0])), latent

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
        if self.half_precision:
            table = scaled(torch.cat(tables), 1 / GRADIENT_SCALE)
            return grid_encode(points, table, self.lattices, torch.float16).flatten(0, 1)
        return self.encoder(points).T

    def _left(self, values: Tensor) -> Tensor:
        """What leaves half precision, if it was in use."""
        return scaled(values.float(), GRADIENT_SCALE) if self.half_precision else values
