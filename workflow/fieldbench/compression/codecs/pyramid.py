"""The codec `pyramid`: latents on a pyramid of grids, small networks, and a context model in whole numbers.

In the family of COOL-CHIC (Ladune et al., ICCV 2023) and C3 (Kim et al., CVPR 2024); see `pyramid_network`. A field is
cut into tiles with latents of their own and networks in common; a training step works on one tile.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from fieldbench import devices
from fieldbench.compression import container, entropy, pyramid_latents, training
from fieldbench.compression.codec import (
    Encoded,
    Progress,
    describe,
    failure_signatures,
    field_from,
    mask_section,
)
from fieldbench.compression.field import Field
from fieldbench.compression.pyramid_network import IN_FRAME, Context, Synthesis, neighbours
from fieldbench.compression.pyramid_training import (
    Objective,
    Options,
    extents,
    round_weights,
    tiling,
)
from fieldbench.errors import UserError
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import fit

LATENT_OVERHEAD = 4  # bytes that the coder takes beyond the latents' entropy
OFFSET_EXPONENT = 3  # channels' offsets are multiples of 1/8 of the peak
LEAST = {"levels": 1, "hidden": 2, "context": 1, "tile": 8, "steps": 1}
POSITIVE = ("learning_rate", "latent_rate", "rate_weight", "rate_target")


def build(
    *,
    levels: int = 7,
    hidden: int = 16,
    context: int = 12,
    tile: int = 512,
    steps: int = 2000,
    learning_rate: float = 1e-2,
    latent_rate: float = 0.057,
    rate_weight: float = 2e-3,
    rate_target: float | None = None,
) -> "Pyramid":
    """Build the codec.

    Args:
        levels: of the pyramid at most, each half as fine as the one before.
        hidden: neurons of each hidden layer of both networks.
        context: neighbours in the same frame that a latent's distribution depends on, at most 14.
        tile: samples of a tile along y and x at most; a field with frames has tiles of a quarter of that, and 16 frames.
        steps: of the training, each on one tile.
        learning_rate: Adam's at the start; a cosine leads it to 0.
        latent_rate: the same of latents, for latents of which one covers the peak; it grows with the root of their number.
        rate_weight: what a bit per pixel costs, in units of peak².
        rate_target: bits per pixel of the file; the rate weight is then steered, from its start.

    Raises:
        UserError: an option is out of its range.
    """
    options = Options(
        levels, hidden, context, tile, steps, learning_rate, latent_rate, rate_weight, rate_target
    )
    given = asdict(options)
    for name, least in LEAST.items():
        if given[name] < least:
            raise UserError(f"Codec pyramid: {name} must be at least {least}; got {given[name]}.")
    if context > len(IN_FRAME):
        raise UserError(f"Codec pyramid: context must be at most {len(IN_FRAME)}; got {context}.")
    for name in POSITIVE:
        if given[name] is not None and not given[name] > 0:
            raise UserError(f"Codec pyramid: {name} must be positive; got {given[name]}.")
    return Pyramid(options)


@dataclass(frozen=True)
class Pyramid:
    """The codec with its options."""

    options: Options

    def encode(
        self,
        field: Field,
        *,
        seed: int,
        device: torch.device,
        checkpoint: Checkpoint | None = None,
        progress: Progress | None = None,
    ) -> Encoded:
        """Fit the model to `field` and write it; see `fieldbench.compression.codec.Codec`.

        Raises:
            Diverged: the loss is not finite.
            UserError: latents became too large for the coder, or the rate target is less than the networks take.
        """
        options, memory = self.options, devices.memory_in_use(device)
        header = {
            **describe(field, "pyramid"),
            "options": {name: getattr(options, name) for name in STRUCTURE},
        }
        empty = {"networks": b"", "latents": bytes(LATENT_OVERHEAD), **mask_section(field)}
        objective, offsets = self._objective(field, len(container.pack(header, empty)), seed)
        parts = (("latents", options.latent_rate * 2 ** (options.fineness / 2)),)
        identity = training.fingerprint(field, asdict(options), seed)
        recipe = training.Recipe(options.steps, options.learning_rate, parts, 0.0, identity)
        history = fit(objective.to(device), recipe, checkpoint, progress)
        curves = training.curves(history, objective.distortions.cpu().numpy(), objective.rates.cpu().numpy())
        objective = objective.cpu()
        sections, measures = _sections(objective, offsets)
        data = container.pack(header, {**sections, **mask_section(field)})
        latents = sum(int(mask.sum()) for levels in objective.masks for mask in levels)
        parameters = sum(parameter.numel() for parameter in objective.networks()) + latents
        weight = float(objective.weight)
        return Encoded(
            data,
            curves,
            {
                **training.times(curves),
                "peak_memory_bytes": devices.peak_memory(device) - memory,
                "parameter_count": parameters,
                "latent_count": latents,
                **{f"{name}_bytes": size for name, size in container.part_sizes(data).items()},
                **measures,
                "multiply_adds_count": _multiply_adds(objective),
                "lambda_per_latent_ratio": weight * latents / field.known.size,
                "lambda_per_pixel_ratio": weight,
                **failure_signatures(curves, parameters, len(data)),
            },
        )

    def _objective(self, field: Field, overhead: int, seed: int) -> tuple[Objective, np.ndarray]:
        """The untrained model of `field`, and the offsets of its channels in units of the peak."""
        known = _with_frames(field.known)
        scaled = field.values.reshape(-1, *known.shape) / field.peak
        offsets = (
            np.rint(scaled[:, known].mean(1, dtype=np.float64) * 2**OFFSET_EXPONENT) / 2**OFFSET_EXPONENT
        )
        values = (scaled - offsets.reshape(-1, 1, 1, 1)).astype(np.float32)
        tiles = tiling(known, self.options.tile, self.options.levels, field.known.ndim == 3)
        objective = Objective(values, known, tiles, self.options, seed, overhead)
        target = self.options.rate_target
        if target is not None and objective.others() >= target:
            raise UserError(
                f"A rate of {target} bits per pixel is less than the {objective.others():.3f} that networks and header "
                f"alone take; raise the rate or make the networks smaller."
            )
        return objective, offsets

    def decode(self, header: dict[str, Any], sections: Mapping[str, bytes]) -> Field:
        """The field in a file, see `fieldbench.compression.codec.Codec`."""
        shape, channels, options = tuple(header["shape"]), len(header["channels"]), header["options"]
        known = _with_frames(
            entropy.decode_mask(sections["mask"], shape) if header["mask"] else np.ones(shape, bool)
        )
        moving = len(shape) == 3
        tiles = tiling(known, options["tile"], options["levels"], moving)
        generator = torch.Generator()
        context = Context(neighbours(options["context"], moving), options["hidden"], generator)
        synthesis = Synthesis(tiles.levels, channels, options["hidden"], options["fineness"], generator)
        parameters = [*context.parameters(), *synthesis.parameters()]
        shapes = [*(tuple(parameter.shape) for parameter in parameters), (channels,), (tiles.levels, 2)]
        *weights, offsets, limits = entropy.decode_weights(sections["networks"], shapes)
        for parameter, stored in zip(parameters, weights, strict=True):
            parameter.data = torch.from_numpy(stored)
        decoded = pyramid_latents.decode_latents(
            sections["latents"], tiles.masks(known), context, limits.astype(np.int64), moving
        )
        values = np.zeros((channels, *known.shape), np.float32)
        for box, latents in zip(tiles.boxes, decoded, strict=True):
            values[:, *box] = synthesis([level.float() for level in latents], extents(box)).numpy()
        offset = offsets.astype(np.float64).reshape(-1, 1, 1, 1)
        return field_from(header, sections, (values + offset) * header["peak"])


STRUCTURE = ("levels", "hidden", "context", "tile", "fineness")  # options that decoding needs


def _with_frames(known: np.ndarray) -> np.ndarray:
    """(frame, y, x); one frame where there are none."""
    return known.reshape(-1, *known.shape[-2:])


def _sections(objective: Objective, offsets: np.ndarray) -> tuple[dict[str, bytes], dict[str, float]]:
    """The sections `networks` and `latents` of the trained model, and measures of their sizes."""
    exponents = round_weights(objective)
    count = len(objective.tiles.boxes)
    latents = [[level.int() for level in objective.whole_latents(tile)] for tile in range(count)]
    limits = pyramid_latents.ranges(latents)
    if np.abs(limits).max() > pyramid_latents.MOST:
        raise UserError(
            f"Codec pyramid: latents reach {np.abs(limits).max()}, too many to code; raise rate_weight."
        )
    masks = [[mask.numpy() for mask in levels] for levels in objective.masks]
    moving = objective.tiles.moving
    stream, bits = pyramid_latents.encode_latents(latents, masks, objective.context, limits, moving)
    tensors = [*(parameter.detach().numpy() for parameter in objective.networks()), offsets, limits]
    steps = [*exponents, OFFSET_EXPONENT, 0]
    ideal = sum(
        entropy.weight_bits(np.rint(tensor * 2.0**step)) for tensor, step in zip(tensors, steps, strict=True)
    )
    measures = {f"level_{level:02d}_bytes": size / 8 for level, size in enumerate(bits)}
    measures["model_entropy_bytes"] = (bits.sum() + ideal) / 8
    return {"networks": entropy.encode_weights(tensors, steps), "latents": stream}, measures


def _multiply_adds(objective: Objective) -> float:
    """Multiplications per sample that decoding takes: contexts, interpolation and synthesis."""
    samples = objective.known.numel()
    latents = sum(mask.numel() for levels in objective.masks for mask in levels)
    contexts = sum(layer.numel() for layer in objective.context.parameters() if layer.ndim == 2)
    synthesis = sum(layer.numel() for layer in objective.synthesis.parameters() if layer.ndim == 2)
    taps = 4 * sum(size > 1 for size in objective.known.shape) * (objective.tiles.levels - 1)
    return contexts * latents / samples + taps + synthesis
