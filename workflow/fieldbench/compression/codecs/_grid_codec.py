"""What the codecs with multi-resolution tables share: a model fitted to one field, and the field back from its file."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Generic

import numpy as np
import torch
from torch import Tensor, nn

from fieldbench import devices
from fieldbench.compression import container, fixed_order, tensors, training
from fieldbench.compression.codec import Codec, Written
from fieldbench.compression.codecs._grid import AT_ONCE, Grid, features_at, points
from fieldbench.compression.codecs._objective import (
    Fitting,
    Model,
    S,
    SampledPoints,
    WholeGrid,
    normalised,
    offsets,
)
from fieldbench.compression.field import Field
from fieldbench.compression.header import describe, field_from, mask_section, scaled
from fieldbench.compression.limits import check, check_numbers
from fieldbench.encoders._multigrid import Level
from fieldbench.errors import UserError
from fieldbench.training.recipe import Recipe

FULL = 2**28  # features of all samples; with more, or in three dimensions, each step takes a sample of points
CHUNK = 131_072  # points of such a step
# Ranges of what a file may say.
MOST = {
    "levels": (1, 64), "base_resolution": (1, 2**24), "table_size": (0, 30), "features": (1, 64), "hidden": (1, 4096),
    "hidden_layers": (0, 16),
}  # fmt: skip
MOST_OPTIONS = {"latent_features": (1, 64), "codebook": (1, 2**16)}
LEAST_LIMIT = 2**24  # numbers that the model of any field may have
Stored = tuple[dict[str, bytes], list[float], float]


@dataclass(frozen=True)
class GridCodec(Codec[Model[S]], Generic[S]):
    """A codec whose model is a grid; a subclass says where its tables come from and how they are stored.

    Attributes:
        name: the codec's type.
        grid: shape of tables and network.
        fitting: how they are trained.
    """

    name = ""
    grid: Grid
    fitting: Fitting

    @abstractmethod
    def source(self, levels: Sequence[Level]) -> S:
        """Fresh values of all tables."""

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Header entries that decoding needs besides the grid."""

    @abstractmethod
    def store(self, model: Model[S], levels: Sequence[Level], field: Field) -> Stored:
        """The sections `latents` and `networks` of the trained model, bytes of each level, and bytes at its entropy."""

    @abstractmethod
    def read(
        self, header: dict[str, Any], sections: Mapping[str, bytes], sizes: list[int], network: nn.Module
    ) -> Tensor:
        """Features (rows of all levels, F) from the file; sets the network's parameters."""

    @abstractmethod
    def overhead_bits(self, source: S, network: nn.Module) -> float:
        """Bits of the file, as foreseen, besides header, mask, and what `Source.coded_bits` counts."""

    def model(self, field: Field, seed: int, device: torch.device) -> Model[S]:
        model, target = self._untrained(field, seed, device), self.fitting.rate_target
        if target is not None and model.overhead >= target * model.pixels:
            raise UserError(
                f"A rate of {target} bits per pixel is {target * model.pixels / 8:.0f} bytes, and "
                f"network and header alone take {model.overhead / 8:.0f}; raise the rate or make the network smaller."
            )
        return model

    def recipe(self, field: Field, seed: int) -> Recipe:
        how = self.fitting
        identity = training.fingerprint(field, self, seed)
        return Recipe(
            steps=how.steps,
            learning_rate=how.learning_rate,
            parts=how.parts,
            last_share=how.last_share,
            fingerprint=identity,
        )

    def header(self, field: Field) -> dict[str, Any]:
        header = {**describe(field, self.name), "grid": asdict(self.grid), **self.options()}
        return header if field.levels else {**header, "offset": offsets(field).tolist()}

    def write(self, model: Model[S], field: Field) -> Written:
        sections, level_bytes, ideal_bytes = self.store(model, self.grid.tables(field.shape), field)
        weight, latents = float(model.weight), model.source.count
        return Written(
            sections,
            level_bytes,
            ideal_bytes,
            parameters=sum(parameter.numel() for parameter in model.parameters()),
            latents=latents,
            multiply_adds=self.grid.multiply_adds(field.shape, len(field.values)),
            rate_weights=(weight, weight * field.known.size / latents),
            unique_latents=model.source.unique(),
        )

    def check(self, header: Mapping[str, Any], limit: float) -> None:
        given, shape = header["grid"], header["shape"]
        finest = (
            {}
            if given["max_resolution"] is None
            else {"max_resolution": (given["base_resolution"], MOST["base_resolution"][1])}
        )
        check_numbers(given, {**MOST, **finest})
        check_numbers(header, {name: most for name, most in MOST_OPTIONS.items() if name in header})
        grid = Grid(**given)
        rows = sum(level.rows for level in grid.tables(shape))
        network = grid.hidden * (
            grid.levels * grid.features + grid.hidden * grid.hidden_layers + len(header["channels"])
        )
        check(rows * grid.features + network, max(limit, LEAST_LIMIT))

    def decode(self, header: dict[str, Any], sections: Mapping[str, bytes]) -> Field:
        grid, shape = Grid(**header["grid"]), tuple(header["shape"])
        levels = grid.tables(shape)
        network = grid.network(len(header["channels"]))
        values = self.read(header, sections, [level.rows for level in levels], network)
        layers = tensors.arrays(network.parameters())
        output = fixed_order.evaluated(values.numpy(), layers, levels, shape, AT_ONCE)
        offsets = header.get("offset", [0.0] * len(output))
        return field_from(header, sections, scaled(output, header["peak"], offsets))

    def warm_up(self, field: Field, device: torch.device) -> None:
        values = field.values[:, *[slice(8)] * len(field.shape)]
        corner = replace(field, values=values, known=np.ones(values.shape[1:], bool))
        model = self._untrained(corner, 0, device)
        model.set_progress(0.0)
        model().backward()

    def sampled_error(self, field: Field) -> Callable[[Tensor, nn.Module], float]:
        """A function from the tables' values and a network to the MSE in units of peak^2, always on the same points."""
        known = np.flatnonzero(field.known)
        index = torch.from_numpy(known[:: max(1, len(known) // AT_ONCE)])
        levels = self.grid.tables(field.shape)
        target = torch.from_numpy(normalised(field)[:, index])

        @torch.no_grad()
        def error(values: Tensor, network: nn.Module) -> float:
            output = network(features_at(values, points(index, field.shape), levels))
            return float(((output - target) ** 2).mean())

        return error

    def _untrained(self, field: Field, seed: int, device: torch.device) -> Model[S]:
        devices.seed_everything(seed)
        levels = self.grid.tables(field.shape)
        network, source = self.grid.network(len(field.values)), self.source(levels)
        chunk = self._chunk(field)
        view = WholeGrid(field, levels, device) if chunk is None else SampledPoints(field, levels, chunk)
        overhead = self._overhead(field, source, network)
        model = Model(
            source, network, view, self.fitting, pixels=field.known.size, seed=seed, overhead=overhead
        )
        return model.to(device)

    def _overhead(self, field: Field, source: S, network: nn.Module) -> float:
        empty = {"latents": b"", "networks": b""}
        mask = sum(len(section) for section in mask_section(field).values())
        header = len(container.pack(self.header(field), empty))
        return 8 * (mask + header) + self.overhead_bits(source, network)

    def _chunk(self, field: Field) -> int | None:
        """Points per step; None for all."""
        plane, chunk = len(field.shape) == 2, self.fitting.chunk
        if chunk is None:
            features = self.grid.levels * self.grid.features * field.known.size
            return None if plane and features <= FULL else CHUNK
        return None if plane and chunk >= field.known.size else chunk
