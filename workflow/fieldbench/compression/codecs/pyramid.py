"""The codec `pyramid`: latents on a pyramid of grids, small networks, and a context model in whole numbers.

In the family of COOL-CHIC (Ladune et al., ICCV 2023) and C3 (Kim et al., CVPR 2024); see `pyramid_network`. A field is
cut into tiles with latents of their own and networks in common; a training step works on one tile.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from fieldbench import registry
from fieldbench.compression import container, entropy, fixed_order, pyramid_latents, tensors, training
from fieldbench.compression.codec import Codec, Written
from fieldbench.compression.field import Field
from fieldbench.compression.header import describe, field_from, known_samples, mask_section, scaled
from fieldbench.compression.limits import check, check_numbers
from fieldbench.compression.pyramid_network import IN_FRAME, Context, Synthesis, neighbours
from fieldbench.compression.pyramid_refinement import refined as refined_latents
from fieldbench.compression.pyramid_rounding import SCHEDULES
from fieldbench.compression.pyramid_training import Objective, Options, extents, round_weights, tiling
from fieldbench.errors import UserError
from fieldbench.training.recipe import Recipe

LATENT_OVERHEAD = 4  # bytes that the coder takes beyond the latents' entropy
STRUCTURE = ("levels", "hidden", "context", "tile", "fineness")  # options that decoding needs
OFFSET_EXPONENT = 3  # channels' offsets are multiples of 1/8 of the peak
LEAST = {"levels": 1, "hidden": 2, "context": 1, "tile": 8, "steps": 1}
# Ranges of what a file may say, and numbers that decoding a tile of any field may hold.
MOST = {
    "levels": (1, 32),
    "hidden": (2, 256),
    "context": (1, len(IN_FRAME)),
    "tile": (8, 2**20),
    "fineness": (0, 64),
}
LEAST_LIMIT = 2**27
POSITIVE = ("learning_rate", "latent_rate", "rate_weight", "rate_target")


def build(
    *,
    levels: int = 7,
    hidden: int | None = None,
    context: int = 12,
    tile: int = 512,
    steps: int = 2000,
    schedule: str = "late",
    quantized_from: float = 0.9,
    refined: bool = True,
    learning_rate: float = 1e-2,
    latent_rate: float = 0.057,
    rate_weight: float = 2e-3,
    rate_target: float | None = None,
) -> "Pyramid":
    """Build the codec.

    Args:
        levels: of the pyramid at most, each half as fine as the one before.
        hidden: neurons of each hidden layer of both networks; None for as many as suit the number of samples.
        context: neighbours in the same frame that a latent's distribution depends on, at most 14.
        tile: samples of a tile along y and x at most; a field with frames has tiles of a quarter of that, and 16 frames.
        steps: of the training, each on one tile.
        schedule: of the latents' rounding, a key of `pyramid_rounding.SCHEDULES`.
        quantized_from: share of the training after which the networks' weights are multiples of the steps that they have in
            the file, chosen then; 1: they are rounded after it.
        refined: whether latents of images move towards zero after the training where that lowers the cost.
        learning_rate: Adam's at the start; a cosine leads it to 0.
        latent_rate: the same of latents, for latents of which one covers the peak; it grows with the root of their number.
        rate_weight: what a bit per pixel costs, in units of peak².
        rate_target: bits per pixel of the file; the rate weight is then steered, from its start.

    Raises:
        UserError: an option is out of its range.
    """
    options = Options(
        levels,
        hidden,
        context,
        tile,
        steps,
        schedule,
        quantized_from,
        refined,
        learning_rate,
        latent_rate,
        rate_weight,
        rate_target,
    )
    registry.check_word("schedule", schedule, SCHEDULES)
    given = asdict(options)
    for name, least in LEAST.items():
        if given[name] is not None and given[name] < least:
            raise UserError(f"Codec pyramid: {name} must be at least {least}; got {given[name]}.")
    if context > len(IN_FRAME):
        raise UserError(f"Codec pyramid: context must be at most {len(IN_FRAME)}; got {context}.")
    for name in POSITIVE:
        if given[name] is not None and not given[name] > 0:
            raise UserError(f"Codec pyramid: {name} must be positive; got {given[name]}.")
    return Pyramid(options)


@dataclass(frozen=True)
class Pyramid(Codec[Objective]):
    """The codec with its options."""

    options: Options

    def model(self, field: Field, seed: int, device: torch.device) -> Objective:
        known = _with_frames(field.known)
        empty = {"networks": b"", "latents": bytes(LATENT_OVERHEAD), **mask_section(field)}
        overhead = len(container.pack(self.header(field), empty))
        values = (_scaled(field) - _offsets(field).reshape(-1, 1, 1, 1)).astype(np.float32)
        tiles = tiling(known, self.options.tile, self.options.levels, field.known.ndim == 3)
        objective = Objective(values, known, tiles, self.options, seed, overhead)
        target = self.options.rate_target
        if target is not None and objective.others() >= target:
            raise UserError(
                f"A rate of {target} bits per pixel is less than the {objective.others():.3f} that networks and header "
                f"alone take; raise the rate or make the networks smaller."
            )
        return objective.to(device)

    def warm_up(self, field: Field, device: torch.device) -> None:
        """One step on a corner compiles the perceptron."""
        values = field.values[..., :8, :8]
        corner = replace(field, values=values, known=np.ones(values.shape[1:], bool))
        small = replace(self.options, rate_target=None, quantized_from=1.0)
        Pyramid(small).model(corner, 0, device)().backward()

    def recipe(self, field: Field, seed: int) -> Recipe:
        options = self.options
        parts = (("latents", options.latent_rate * 2 ** (options.fineness / 2)),)
        identity = training.fingerprint(field, self, seed)
        return Recipe(
            steps=options.steps, learning_rate=options.learning_rate, parts=parts, fingerprint=identity
        )

    def header(self, field: Field) -> dict[str, Any]:
        options = {name: getattr(self.options, name) for name in STRUCTURE}
        options["hidden"] = self.options.width(field.known.size)
        return {**describe(field, "pyramid"), "options": options}

    def write(self, model: Objective, field: Field) -> Written:
        exponents, moving = round_weights(model), model.tiles.moving
        tiles = [model.whole_latents(tile) for tile in range(len(model.tiles.boxes))]
        if self.options.refined and not moving:
            tiles = [refined_latents(model, tile, levels) for tile, levels in enumerate(tiles)]
        latents = [[level.int() for level in levels] for levels in tiles]
        limits = pyramid_latents.ranges(latents)
        masks = [[mask.numpy() for mask in levels] for levels in model.masks]
        stream, bits = pyramid_latents.encode_latents(latents, masks, model.context, limits, moving)
        weights = [*tensors.arrays(model.networks()), _offsets(field), limits]
        steps = [*exponents, OFFSET_EXPONENT, 0]
        symbols = [np.rint(tensor * 2.0**step) for tensor, step in zip(weights, steps, strict=True)]
        count = sum(int(mask.sum()) for levels in masks for mask in levels)
        weight = float(model.weight)
        return Written(
            {"networks": entropy.encode_weights(weights, steps), "latents": stream},
            (bits / 8).tolist(),
            float(bits.sum() + sum(map(entropy.weight_bits, symbols))) / 8,
            parameters=sum(parameter.numel() for parameter in model.networks()) + count,
            latents=count,
            multiply_adds=_multiply_adds(model),
            rate_weights=(weight * count / field.known.size, weight),
            distortion=model.mean_distortion(tiles),
        )

    def check(self, header: Mapping[str, Any], limit: float) -> None:
        options, shape = header["options"], header["shape"]
        check_numbers(options, MOST)
        numbers = min(options["tile"] ** 2, math.prod(shape)) * (
            options["levels"] + 2 * options["hidden"] + 10 * len(header["channels"])
        )
        check(numbers, max(limit, LEAST_LIMIT))

    def decode(self, header: dict[str, Any], sections: Mapping[str, bytes]) -> Field:
        channels, options, moving = len(header["channels"]), header["options"], len(header["shape"]) == 3
        known = _with_frames(known_samples(header, sections))
        tiles = tiling(known, options["tile"], options["levels"], moving)
        generator = torch.Generator()
        context = Context(neighbours(options["context"], moving), options["hidden"], generator)
        synthesis = Synthesis(tiles.levels, channels, options["hidden"], options["fineness"], generator)
        parameters = [*context.parameters(), *synthesis.parameters()]
        shapes = [*(parameter.shape for parameter in parameters), (channels,), (tiles.levels, 2)]
        *weights, offsets, limits = entropy.decode_weights(sections["networks"], shapes)
        tensors.restore(parameters, weights)
        pyramid_latents.check_ranges(limits)
        decoded = pyramid_latents.decode_latents(
            sections["latents"], tiles.masks(known), context, limits.astype(np.int64), moving
        )
        values = np.zeros((channels, *known.shape), np.float32)
        for box, latents in zip(tiles.boxes, decoded, strict=True):
            whole = [level.numpy() for level in latents]
            values[:, *box] = fixed_order.synthesized(synthesis, whole, extents(box))
        peak = header["peak"]
        return field_from(header, sections, scaled(values, peak, offsets.astype(np.float64) * peak))


def _with_frames(known: np.ndarray) -> np.ndarray:
    """(frame, y, x); one frame where there are none."""
    return known.reshape(-1, *known.shape[-2:])


def _scaled(field: Field) -> np.ndarray:
    """Values (C, frame, y, x) in units of the peak."""
    return field.values.reshape(len(field.values), -1, *field.shape[-2:]) / field.peak


def _offsets(field: Field) -> np.ndarray:
    """The means (C,) of the known values in units of the peak, rounded."""
    means = _scaled(field)[:, _with_frames(field.known)].mean(1, dtype=np.float64)
    return np.rint(means * 2**OFFSET_EXPONENT) / 2**OFFSET_EXPONENT


def _multiply_adds(objective: Objective) -> float:
    """Multiplications per sample that decoding takes: contexts, interpolation and synthesis."""
    samples = objective.known.numel()
    latents = sum(mask.numel() for levels in objective.masks for mask in levels)
    contexts = sum(layer.numel() for layer in objective.context.parameters() if layer.ndim == 2)
    synthesis = sum(layer.numel() for layer in objective.synthesis.parameters() if layer.ndim == 2)
    taps = 4 * sum(size > 1 for size in objective.known.shape) * (objective.tiles.levels - 1)
    return contexts * latents / samples + taps + synthesis
