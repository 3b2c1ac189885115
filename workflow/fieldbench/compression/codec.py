"""What every learned codec does: it trains a model of one field and writes it as a file."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
import torch
import xarray as xr

from fieldbench import devices, registry
from fieldbench.compression import container, correction, training
from fieldbench.compression.decoding import KIND, decode
from fieldbench.compression.field import Field
from fieldbench.compression.header import mask_section
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import fit
from fieldbench.training.recipe import Recipe

LAST = 100  # of so many parts of a training the last one says what it has reached
Progress = Callable[[int, int, float], None]  # steps done, steps in all, loss
Model = TypeVar("Model", bound=training.Fitted)


@dataclass(frozen=True)
class Standing:
    """What a training has reached, by the mean of its last steps.

    Attributes:
        done, steps: of the training.
        file_bytes: that the file would take, as the training foresees it.
        psnr_db: of what the decoder would see; latents that are rounded softly reach more than the file.
    """

    done: int
    steps: int
    file_bytes: float
    psnr_db: float


Watch = Callable[[Standing], None]


@dataclass(frozen=True)
class Encoded:
    """What encoding a field leaves.

    Attributes:
        data: the file.
        history: (step,) `loss`, `seconds`, `psnr_db`, `rate_bpp` of the training.
        measures: numbers by name, see `fieldbench.record`.
    """

    data: bytes
    history: xr.Dataset
    measures: dict[str, float]


@dataclass(frozen=True)
class Written:
    """A trained model as it goes into a file.

    Attributes:
        sections: `latents` and `networks`.
        level_bytes: what the latents of each level take.
        ideal_bytes: what latents and networks would take at their entropy.
        parameters: numbers that were trained.
        latents: how many of them are not of a network.
        multiply_adds: multiplications that decoding one sample takes.
        rate_weights: at the end, per latent and per pixel.
        unique_latents: number of different values that the latents take; None where they are no whole numbers.
        distortion: MSE in units of peak^2 of what is written, where the codec knows it without decoding.
    """

    sections: dict[str, bytes]
    level_bytes: Sequence[float]
    ideal_bytes: float
    parameters: int
    latents: int
    multiply_adds: float
    rate_weights: tuple[float, float]
    unique_latents: int | None = None
    distortion: float | None = None


class Codec(ABC, Generic[Model]):
    """A learned codec; a subclass says what is trained and what the file holds of it."""

    @abstractmethod
    def model(self, field: Field, seed: int, device: torch.device) -> Model:
        """The untrained model of `field`.

        Raises:
            UserError: options that build nothing, or a rate target that network and header alone exceed.
        """

    @abstractmethod
    def recipe(self, field: Field, seed: int) -> Recipe:
        """How to train it."""

    @abstractmethod
    def header(self, field: Field) -> dict[str, Any]:
        """All that decoding needs to know besides the sections."""

    @abstractmethod
    def write(self, model: Model, field: Field) -> Written:
        """The trained model, on the CPU, as sections.

        Raises:
            UserError: it cannot be coded.
        """

    @abstractmethod
    def check(self, header: Mapping[str, Any], limit: float) -> None:
        """Check what the header says of the model, before anything is made of it.

        Raises:
            ValueError: an option that no encoder writes.
            TooLarge: a model of more numbers than the limit.
        """

    @abstractmethod
    def decode(self, header: dict[str, Any], sections: Mapping[str, bytes]) -> Field:
        """The field in a file."""

    @abstractmethod
    def warm_up(self, field: Field, device: torch.device) -> None:
        """Compile what is compiled once, which must not count as training."""

    def encode(
        self,
        field: Field,
        *,
        seed: int,
        device: torch.device,
        checkpoint: Checkpoint | None = None,
        progress: Progress | None = None,
        watch: Watch | None = None,
    ) -> Encoded:
        """Fit a model to `field` and write it; see `fit` for the arguments.

        Args:
            watch: told after every step what the training has reached.

        Raises:
            Diverged: the loss is not finite.
            UserError: see `model` and `write`.
        """
        memory = devices.memory_in_use(device)  # before the warm-up, which already holds all tables
        self.warm_up(field, device)
        model = self.model(field, seed, device)
        recipe, pixels = self.recipe(field, seed), field.known.size

        def told(done: int, steps: int, loss: float) -> None:
            if progress:
                progress(done, steps, loss)
            if watch:
                watch(_standing(model, done, steps, pixels))

        history = fit(model, recipe, checkpoint, told)
        trained = _standing(model, recipe.steps, recipe.steps, pixels)
        curves = training.curves(history, model.distortions.cpu().numpy(), model.rates.cpu().numpy())
        written = self.write(model.cpu(), field)
        data = container.pack(self.header(field), {**written.sections, **mask_section(field)})
        measures = {
            **training.times(curves),
            "peak_memory_bytes": devices.peak_memory(device) - memory,
            **_measures(written, data),
            **_finish(trained, written, data),
            **failure_signatures(curves, written.parameters, len(data)),
            "steps_to_final_psnr_count": steps_to_final_psnr(curves),
        }
        return Encoded(data, curves, measures)


def _standing(model: training.Fitted, done: int, steps: int, pixels: int) -> Standing:
    recent = slice(max(0, done - max(1, steps // LAST)), done)
    rate, distortion = (float(kept[recent].double().mean()) for kept in (model.rates, model.distortions))
    return Standing(done, steps, rate * pixels / 8, _psnr(distortion))


def _psnr(distortion: float) -> float:
    return -10 * math.log10(distortion) if distortion else math.inf


def _finish(trained: Standing, written: Written, data: bytes) -> dict[str, float]:
    """What the file takes and is worth more than the training said in its last steps."""
    known = {} if written.distortion is None else {"finish_db": _psnr(written.distortion) - trained.psnr_db}
    return {**known, "finish_ratio": len(data) / trained.file_bytes}


def _measures(written: Written, data: bytes) -> dict[str, float]:
    """What the file `data` and the model in it are made of."""
    per_latent, per_pixel = written.rate_weights
    unique = {} if written.unique_latents is None else {"unique_latent_count": written.unique_latents}
    return {
        **unique,
        "parameter_count": written.parameters,
        "latent_count": written.latents,
        **{f"{name}_bytes": size for name, size in container.part_sizes(data).items()},
        **{f"level_{number:02d}_bytes": float(size) for number, size in enumerate(written.level_bytes)},
        "model_entropy_bytes": written.ideal_bytes,
        "multiply_adds_count": written.multiply_adds,
        "lambda_per_latent_ratio": per_latent,
        "lambda_per_pixel_ratio": per_pixel,
    }


@dataclass(frozen=True)
class WithMaxError:
    """`codec` with the guarantee that no known sample is off by more than `error`, in the field's unit."""

    codec: Codec
    error: float

    def encode(self, field: Field, **how: Any) -> Encoded:
        """As the codec's `encode`, with the correction in the file and its size among the measures."""
        encoded = self.codec.encode(field, **how)
        section = correction.correction_of(field, decode(encoded.data), self.error)
        header, sections = container.unpack(encoded.data)
        data = container.pack(header, {**sections, correction.SECTION: section})
        measures = {**encoded.measures, "header_bytes": container.part_sizes(data)["header"]}
        return replace(encoded, data=data, measures={**measures, "correction_bytes": len(section)})


def build(entry: Mapping[str, Any], field: Field) -> Codec | WithMaxError:
    """The learned codec of a configuration entry: its `type` and options.

    `max_error_share`, an option of every codec, bounds the error of each sample as a share of the field's peak.

    Raises:
        UserError: unknown type or option.
    """
    options = {key: value for key, value in entry.items() if key not in ("type", "max_error_share")}
    codec = registry.build(KIND, entry["type"], **options)
    if "max_error_share" in entry:
        return WithMaxError(codec, entry["max_error_share"] * field.peak)
    return codec


def psnr_db(truth: Field, decoded: Field) -> float:
    """Peak signal-to-noise ratio over known samples; infinite where they are equal."""
    error = (decoded.values - truth.values)[:, truth.known].astype(np.float64)
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(truth.peak**2 / np.mean(error**2)))


def bits_per_pixel(data: bytes, field: Field) -> float:
    """Bits of the whole file per sample of space."""
    return 8 * len(data) / field.known.size


PLATEAU_DB = 0.1  # the second half of a training gains less
FALL_DB = 1.0  # the smoothed PSNR falls by more from its best so far
COMPRESSION = 4  # a file is not this many times smaller than its model's parameters in half precision
WINDOWS = 100  # a training is judged by the medians of so many parts


def steps_to_final_psnr(history: xr.Dataset) -> float:
    """The step from which the PSNR, by medians over hundredths of the training, stays within `PLATEAU_DB` of its end."""
    psnr = history["psnr_db"].values
    parts = np.array_split(psnr, min(WINDOWS, len(psnr)))
    smooth = np.array([np.median(part) for part in parts])
    away = np.flatnonzero(np.abs(smooth - smooth[-1]) > PLATEAU_DB)
    return 1.0 + sum(len(part) for part in parts[: away[-1] + 1]) if away.size else 1.0


def failure_signatures(history: xr.Dataset, parameters: int, file_bytes: int) -> dict[str, float]:
    """Whether each sign of a failed training shows: 1 or 0 by name.

    `plateau_count`: the best PSNR of the first half is within `PLATEAU_DB` of the best of all. `instability_count`: after
    the first tenth the PSNR falls by more than `FALL_DB` below its best so far. Both look at medians over hundredths of
    the training. `low_compression_count`: the file is not `COMPRESSION` times smaller than the model's parameters would
    be in half precision.
    """
    psnr = history["psnr_db"].values
    smooth = np.array([np.median(part) for part in np.array_split(psnr, min(WINDOWS, len(psnr)))])
    late = smooth[len(smooth) // 10 :]
    return {
        "plateau_count": float(smooth[: (len(smooth) + 1) // 2].max() > smooth.max() - PLATEAU_DB),
        "instability_count": float((np.maximum.accumulate(late) - late).max() > FALL_DB),
        "low_compression_count": float(COMPRESSION * file_bytes > 2 * parameters),
    }
