"""SHACIRA: the tables of a multi-resolution grid are decoded from latents that are whole numbers and cost few bits.

Source: Girish et al. 2023, "SHACIRA: Scalable hash-grid compression for implicit neural representations". Rounded
latents w, divided by a number `div`, times a matrix A plus b are the features of a lattice point. The loss is the MSE
plus a weight times the mean bits per latent; the weight falls along a cosine. The paper counts the latents' entropy and
32 bits per network weight; here a file is written, histograms and header included, and `weights` may be coded too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fieldbench.compression import entropy, fixed_order, quantizers, tensors
from fieldbench.compression.codecs._grid import Grid
from fieldbench.compression.codecs._grid_codec import GridCodec, Stored
from fieldbench.compression.codecs._objective import Fitting, Model, Source
from fieldbench.compression.field import Field
from fieldbench.encoders._multigrid import Level
from fieldbench.errors import UserError

REFRESHED = (1, 2, 5, 10)  # steps before which `div` becomes the latents' largest magnitude, as published
NORMS = ("max", "none")
WEIGHTS = {"float32": 32, "float16": 16, "quantized": 8}  # bits, of the last about
BITS = range(12, 4, -1)  # of a quantized weight, tried in this order
SPREAD = 0.1  # of the decoder's initial matrix


def build(
    *,
    levels: int = 24,
    base_resolution: int = 16,
    max_resolution: int | None = 512,
    table_size: int = 11,
    features: int = 1,
    latent_features: int = 1,
    hidden: int = 16,
    hidden_layers: int = 1,
    quantizer: Mapping[str, Any] | None = None,
    norm: str = "max",
    per_level: bool = False,
    weights: str = "float32",
    rate_weight: Sequence[float] = (1e-3, 1e-4),
    rate_target: float | None = None,
    steps: int = 2000,
    learning_rate: float = 1e-3,
    grid_rate: float = 2e-2,
    decoder_rate: float = 1e-2,
    prior_rate: float = 1e-2,
    last_share: float = 1.0,
    chunk: int | None = None,
) -> "Shacira":
    """Build the codec; the defaults are the paper's for Kodak, but for the number of steps.

    Args:
        levels, base_resolution, max_resolution, table_size, features, hidden, hidden_layers: see `Grid`.
        latent_features, quantizer, norm, per_level, weights: see `Shacira`.
        rate_weight, rate_target, steps, learning_rate, last_share, chunk: see `Fitting`.
        grid_rate, decoder_rate, prior_rate: Adam's learning rates of latents, decoder, and the latents' distribution,
            which has to follow them (a codebook too).

    Raises:
        UserError: an unknown word, or options of the quantizer that it does not take.
    """
    rates = (("latents", grid_rate), ("decoder", decoder_rate), ("quantizer.", prior_rate))
    parts = tuple((f"source.{part}", rate) for part, rate in rates)
    return Shacira(
        Grid(levels, base_resolution, max_resolution, table_size, features, hidden, hidden_layers),
        Fitting(steps, learning_rate, parts, last_share, chunk, rate_weight, rate_target),
        latent_features, quantizer or {"type": "sga"}, norm, per_level, weights,
    )  # fmt: skip


class Latents(Source):
    """Latents (rows of all levels, D), their quantizer and their decoder.

    Args:
        sizes: rows of each level.
        groups: rows of each set of latents with a histogram of its own.
    """

    div: Tensor

    def __init__(
        self,
        sizes: list[int],
        features: int,
        dimensions: int,
        quantizer: quantizers.Quantizer,
        groups: list[int],
        norm: str,
    ) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.empty(sum(sizes), dimensions).uniform_(-1, 1))
        self.decoder = nn.ParameterList([torch.randn(dimensions, features) * SPREAD, torch.zeros(features)])
        self.quantizer, self.groups, self.norm = quantizer, groups, norm
        self.register_buffer("div", torch.ones(1))
        self.count = self.latents.numel()

    def set_step(self, step: int, steps: int) -> None:
        self.quantizer.set_progress(step / steps)
        if self.norm == "max" and step + 1 in REFRESHED:
            self.div.copy_(self.latents.detach().abs().max())

    def values(self, generator: torch.Generator) -> Tensor:
        return features_of(self.quantizer(self.latents, generator), self.div, *self.decoder)

    def bits(self, generator: torch.Generator) -> Tensor:
        return self.quantizer.bits(self.latents, generator)

    def penalty(self) -> Tensor:
        return self.quantizer.penalty(self.latents)

    @torch.no_grad()
    def symbols(self) -> list[np.ndarray]:
        """What the file holds: (S, rows) whole numbers of each group."""
        return [part.T.cpu().numpy() for part in self.quantizer.symbols(self.latents).split(self.groups)]

    def coded(self) -> bytes:
        """The section of the file that holds the symbols."""
        writer = entropy.Writer()
        for part in self.symbols():
            for row in part:
                writer.histogram(row)
        return writer.bytes()

    def coded_bits(self) -> float:
        return 8.0 * len(self.coded())

    def unique(self) -> int:
        return len(np.unique(np.concatenate([part.ravel() for part in self.symbols()])))

    def tensors(self) -> list[Tensor]:
        """What the file holds besides the latents."""
        return [*self.decoder, self.div, *self.quantizer.tensors()]


def features_of(latents: Tensor, div: Tensor, matrix: Tensor, shift: Tensor) -> Tensor:
    """Features (N, F) of quantized latents (N, D)."""
    return torch.addmm(shift, latents / div, matrix)


@dataclass(frozen=True)
class Shacira(GridCodec[Latents]):
    """The codec with its options.

    Attributes:
        latent_features: D, numbers per lattice point in the file.
        quantizer: `type` and options, see `fieldbench.compression.quantizers`.
        norm: `max`: latents are divided by their largest magnitude early in training; `none`: by 1.
        per_level: one distribution and histogram per level instead of one for all.
        weights: how network and decoder are stored: `float32`, `float16`, or `quantized`, where the bits per
            weight are those of the least distortion plus weighted rate.

    Raises:
        UserError: an unknown word, or options of the quantizer that it does not take.
    """

    name = "shacira"
    latent_features: int
    quantizer: Mapping[str, Any]
    norm: str
    per_level: bool
    weights: str

    def __post_init__(self) -> None:
        for key, word, known in (("norm", self.norm, NORMS), ("weights", self.weights, WEIGHTS)):
            if word not in known:
                raise UserError(f"Unknown {key} '{word}' of codec shacira; known: {', '.join(known)}.")
        quantizers.check(self.quantizer)

    def source(self, levels: Sequence[Level]) -> Latents:
        sizes = [level.rows for level in levels]
        quantizer = quantizers.build(self.quantizer, self.latent_features, sizes, self.per_level)
        groups = sizes if self.per_level else [sum(sizes)]
        return Latents(sizes, self.grid.features, self.latent_features, quantizer, groups, self.norm)

    def options(self) -> dict[str, Any]:
        codebook = {"codebook": self.quantizer.get("size", quantizers.ENTRIES)} if self._vector else {}
        own = {
            "latent_features": self.latent_features,
            "per_level": self.per_level,
            "precision": self.weights,
        }
        return {**own, **codebook}

    @property
    def _vector(self) -> bool:
        return self.quantizer["type"] == "vector"

    def overhead_bits(self, source: Latents, network: nn.Module) -> float:
        return WEIGHTS[self.weights] * sum(
            tensor.numel() for tensor in [*source.tensors(), *network.parameters()]
        )

    def store(self, model: Model[Latents], levels: Sequence[Level], field: Field) -> Stored:
        source, symbols = model.source, model.source.symbols()
        networks = self._networks(model, field)
        bits = _level_bits(np.concatenate(symbols, axis=1), [level.rows for level in levels], self.per_level)
        sections = {"latents": source.coded(), "networks": networks}
        return sections, [size / 8 for size in bits], sum(bits) / 8 + len(networks)

    def _networks(self, model: Model[Latents], field: Field) -> bytes:
        """The section of decoder and network; for quantized weights with the bits of the lowest cost."""
        source = model.source
        exact = tensors.arrays([*source.tensors(), *model.network.parameters()])
        if self.weights != "quantized":
            return tensors.to_bytes(exact, self.weights)
        symbols = source.quantizer.symbols(source.latents.detach())
        network, error = self.grid.network(len(field.values)), self.sampled_error(field)
        per_pixel = float(model.weight) / source.count

        def tried(bits: int) -> tuple[float, bytes]:
            data = entropy.encode_weights(exact, [entropy.weight_exponent(tensor, bits) for tensor in exact])
            rounded = entropy.decode_weights(data, [tensor.shape for tensor in exact])
            values = _values(symbols, rounded, network, self._vector)
            return error(values, network) + per_pixel * 8 * len(data), data

        return min(tried(bits) for bits in BITS)[1]

    def read(
        self, header: dict[str, Any], sections: Mapping[str, bytes], sizes: list[int], network: nn.Module
    ) -> Tensor:
        dimensions, features = header["latent_features"], header["grid"]["features"]
        codebook = [(header["codebook"], dimensions)] if "codebook" in header else []
        shapes = [(dimensions, features), (features,), (1,), *codebook]
        shapes += [parameter.shape for parameter in network.parameters()]
        if header["precision"] == "quantized":
            stored = entropy.decode_weights(sections["networks"], shapes)
        else:
            stored = tensors.from_bytes(sections["networks"], shapes, header["precision"])
        reader = entropy.Reader(sections["latents"])
        rows = 1 if codebook else dimensions
        groups = sizes if header["per_level"] else [sum(sizes)]
        parts = [[reader.histogram(size) for _ in range(rows)] for size in groups]
        reader.finish()
        symbols = torch.from_numpy(np.concatenate(parts, axis=1).T.astype(np.int64))
        return _values(symbols, stored, network, bool(codebook))


def _values(symbols: Tensor, stored: Sequence[np.ndarray], network: nn.Module, vector: bool) -> Tensor:
    """Features of all tables from symbols (N, S) and stored tensors; gives the network its own."""
    matrix, shift, div, *others = (torch.from_numpy(tensor) for tensor in stored)
    tensors.restore(network.parameters(), stored[4 if vector else 3 :])
    latents = others[0][symbols[:, 0]] if vector else symbols.float()
    columns = np.ascontiguousarray((latents / div).numpy().T)
    features = fixed_order.product(np.ascontiguousarray(matrix.numpy().T), columns, shift.numpy())
    return torch.from_numpy(np.ascontiguousarray(features.T))


def _level_bits(symbols: np.ndarray, sizes: Sequence[int], per_level: bool) -> list[float]:
    """Ideal bits of each level's symbols (S, rows), by the histogram of the level or of all levels."""
    parts = np.split(symbols, np.cumsum(sizes)[:-1], axis=1)
    if per_level:
        return [sum(entropy.entropy_bits(row) for row in part) for part in parts]
    totals = np.zeros(len(sizes))
    for number, row in enumerate(symbols):
        alphabet, counts = np.unique(row, return_counts=True)
        bits = -np.log2(counts / counts.sum())
        totals += [bits[np.searchsorted(alphabet, part[number])].sum() for part in parts]
    return totals.tolist()
