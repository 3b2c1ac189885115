"""Speed and memory of the compression area: `python bench/compression.py [section ...]`, all sections by default.

`step`: a training step by the fast forms and by the plain ones, medians of runs by turns in this one process; beyond a
megapixel of the pyramid alone, whose step is one tile. `picture`: pictures of 0.1 to 33 megapixels to a file and back,
each way in a process of its own, whose memory is the largest that it had, libraries and all. Learned codecs train for a
few steps there, since time and memory are asked for and not quality: `encode_seconds` are those of all else that encoding
does, and of `steps` steps like the median one; for the pyramid with the refinement of one tile times their number. All
seconds are the processor's, for one thread, which other processes lengthen little. What takes longer than `PATIENCE` is
stopped, and its row says so.
"""

import multiprocessing
import resource
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from queue import Empty
from typing import Any
from unittest import mock

import numpy as np
import torch
from fieldbench import registry
from fieldbench.compression import codec, field, pyramid_network
from fieldbench.compression.codecs import _objective, ngp, pyramid, shacira
from fieldbench.compression.pyramid_refinement import refined
from fieldbench.compression.pyramid_training import tiling
from fieldbench.datasets import image_synthetic
from fieldbench.encoders._base import grid_points
from fieldbench.encoders._multigrid import look_up
from fieldbench.kernels import laplace, narrow_convolution, shifted_perceptron
from fieldbench.kernels.tiled_loss import plain_loss
from fieldbench.training.loop import fit
from measure import COLUMNS, Table, by_turns, processor_seconds, write
from torch import Tensor, nn

TURNS = 3
CPU = torch.device("cpu")
PATCH = (540, 960)  # samples of a synthetic picture, which its mirror images continue
PICTURES = {"0.1": (256, 384), "1": (1080, 960), "4": (2160, 1920), "33": (4320, 7680)}  # megapixels
STANDARD: dict[str, tuple[dict[str, Any], float]] = {  # options and setting
    "jpeg": ({}, 75),
    "webp": ({}, 75),
    "jpegxl": ({}, 80),
    "ffmpeg": ({"codec": "hevc", "preset": "medium"}, 30),
}
LARGEST_GATHERED = 2**21  # samples of a picture whose steps gather per level
LEARNED = {"pyramid": {"refined": False}, "shacira": {}}  # options
TRAINED, STEPS = 8, 2000  # that are trained, and that seconds are said for: those of `--effort medium`
PATIENCE = 600.0  # seconds of the clock
TIMES = ("encode_seconds", "decode_seconds", "step_seconds", "refine_seconds", "steps")
MEASURED = (*TIMES, "encode_memory_bytes", "decode_memory_bytes", "file_bytes")


class GatherPerLevel(nn.Module):
    """The published form of the same distortion: a gather for each corner of each level, the whole image as one batch."""

    def __init__(self, view: _objective.WholeGrid, levels: list, shape: tuple[int, int]) -> None:
        super().__init__()
        self.points, self.levels, self.view = grid_points(shape), levels, view

    def forward(self, values: Tensor, network: nn.Module, _generator: torch.Generator) -> Tensor:
        tables = values.split([level.rows for level in self.levels])
        pairs = zip(tables, self.levels, strict=True)
        features = torch.cat([look_up(table, self.points, level) for table, level in pairs], dim=1)
        return plain_loss(network, features.T.contiguous(), self.view.weight, self.view.target)


def picture(shape: tuple[int, int]) -> field.Field:
    return field.from_dataset(image_synthetic.load(shape=shape, seed=0))


def step(model: nn.Module):
    """Loss and gradients of one step of `model`."""

    def work() -> None:
        model.zero_grad()
        model.set_progress(0.5)
        model().backward()

    return work


def grids(table: Table) -> None:
    """A training step of SHACIRA and of Instant-NGP against the gather per level, the same model otherwise."""
    for megapixels, shape in PICTURES.items():
        if shape[0] * shape[1] > LARGEST_GATHERED:
            continue
        image = large_picture(shape)
        for name, built in {"shacira": shacira.build(), "ngp": ngp.build()}.items():
            fast, plain = (built.model(image, 0, CPU) for _ in range(2))
            plain.view = GatherPerLevel(plain.view, built.grid.tables(shape), shape)
            works = {f"{name}, fast": step(fast), f"{name}, gather per level": step(plain)}
            table.compare(
                "step", f"{megapixels} megapixels", by_turns(works, TURNS, processor_seconds), f"{name}, fast"
            )


def plain_forms() -> ExitStack:
    """While it is open the pyramid trains by the plain forms of its kernels."""
    stack = ExitStack()
    for owner, name, plain in (
        (pyramid_network, "perceptron", shifted_perceptron.plain_perceptron),
        (pyramid_network, "convolution", narrow_convolution.plain_convolution),
        (laplace, "bits", laplace.plain_bits),
    ):
        stack.enter_context(mock.patch.object(owner, name, plain))
    return stack


def pyramids(table: Table) -> None:
    """A training step of the pyramid against the same by plain forms."""
    for megapixels, shape in PICTURES.items():
        work = step(pyramid.build().model(large_picture(shape), 0, CPU))

        def plain(work=work) -> None:
            with plain_forms():
                work()

        works = {"pyramid, fast": work, "pyramid, plain forms": plain}
        table.compare(
            "step", f"{megapixels} megapixels", by_turns(works, TURNS, processor_seconds), "pyramid, fast"
        )


def large_picture(shape: tuple[int, int]) -> field.Field:
    """A picture of any size: a patch and its mirror images."""
    patch = picture(PATCH).values
    height, width = (
        np.abs((np.arange(size) + side) % (2 * side) - side).clip(max=side - 1)
        for size, side in zip(shape, PATCH, strict=True)
    )
    values = patch[:, height[:, None], width]
    return field.make(values, kind="image", units="1", peak=1.0, levels=256, channels=tuple("RGB"))


def written(name: str, truth: field.Field) -> tuple[bytes, list[float]]:
    """The file of a field by one of the codecs, and when the steps of its training ended."""
    ended: list[float] = []
    if name in LEARNED:
        chosen = registry.build(codec.KIND, name, steps=TRAINED, **LEARNED[name])
        encoded = chosen.encode(
            truth, seed=0, device=CPU, progress=lambda *_: ended.append(processor_seconds())
        )
        return encoded.data, ended
    options, setting = STANDARD[name]
    return registry.build("compression/standard", name, **options).encode(truth, setting), ended


def refinement(truth: field.Field) -> dict[str, float]:
    """Seconds of the refinement of the latents of all tiles, from those of the first tile."""
    boxes = tiling(truth.known[None], pyramid.build().options.tile, 1, moving=False).boxes
    values = truth.values[:, *boxes[0][1:]]
    tile = replace(truth, values=values, known=truth.known[boxes[0][1:]])
    chosen = pyramid.build(steps=4 * TRAINED)
    model = chosen.model(tile, 0, CPU)
    fit(model, chosen.recipe(tile, 0))
    latents = model.whole_latents(0)
    began = processor_seconds()
    refined(model, 0, latents)
    return {"refine_seconds": len(boxes) * (processor_seconds() - began)}


def read(name: str, data: bytes, like: field.Field) -> None:
    """What such a file holds."""
    if name in LEARNED:
        codec.decode(data, limit=like.values.size)
    else:
        registry.build("compression/standard", name, **STANDARD[name][0]).decode(data, like)


def encode(name: str, shape: tuple[int, int], path: str) -> dict[str, float]:
    """Write a picture; returns seconds, without those of what is compiled once."""
    written(name, large_picture((16, 16)))
    truth = large_picture(shape)
    began = processor_seconds()
    data, ended = written(name, truth)
    seconds = processor_seconds() - began
    Path(path).write_bytes(data)
    if not ended:
        return {"encode_seconds": seconds}
    more = refinement(truth) if name == "pyramid" else {}
    step_seconds = float(np.median(np.diff(ended)))
    whole = seconds - (ended[-1] - ended[0]) + (STEPS - 1) * step_seconds + sum(more.values())
    return {"encode_seconds": whole, "step_seconds": step_seconds, "steps": STEPS, **more}


def decode(name: str, shape: tuple[int, int], path: str) -> dict[str, float]:
    """Read it again; returns seconds likewise."""
    small, data = large_picture((16, 16)), Path(path).read_bytes()
    read(name, written(name, small)[0], small)
    values = np.zeros((3, *shape), np.float32)
    like = field.make(values, kind="image", units="1", peak=1.0, levels=256, channels=tuple("RGB"))
    began = processor_seconds()
    read(name, data, like)
    return {"decode_seconds": processor_seconds() - began}


def apart(work: Any, *given: Any) -> tuple[dict[str, float], float] | None:
    """Seconds by name and bytes of memory of a work in a process of its own; None where it takes too long."""
    context = multiprocessing.get_context("forkserver")  # libraries are loaded once
    queue = context.Queue()
    process = context.Process(target=_measured, args=(queue, work, *given))
    process.start()
    try:
        found = queue.get(timeout=PATIENCE)
    except Empty:
        process.kill()
        found = None
    process.join()
    return found


def _measured(queue: Any, work: Any, *given: Any) -> None:
    torch.set_num_threads(1)
    seconds = work(*given)
    used = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    queue.put((seconds, used * 1024.0))


def pictures(table: Table) -> None:
    """Pictures of growing size by standard and then by learned codecs, to a file and back; saved row by row."""
    for names in (STANDARD, LEARNED):
        for megapixels, shape in PICTURES.items():
            for name in names:
                table.add("picture", f"{megapixels} megapixels", name, **both_ways(name, shape))
                table.save()


def both_ways(name: str, shape: tuple[int, int]) -> dict[str, Any]:
    """Columns of one codec on one picture."""
    with tempfile.TemporaryDirectory(prefix="fieldbench-pictures-") as folder:
        path = f"{folder}/coded"
        encoded = apart(encode, name, shape, path)
        decoded = apart(decode, name, shape, path) if encoded else None
        if not encoded or not decoded:
            return {"note": f"not within {PATIENCE:g} s"}
        size = Path(path).stat().st_size
    seconds = encoded[0] | decoded[0]
    memory = {"encode_memory_bytes": encoded[1], "decode_memory_bytes": decoded[1]}
    million = shape[0] * shape[1] / 1e6
    speeds = {
        f"{way}_megapixels_per_second": million / seconds[f"{way}_seconds"] for way in ("encode", "decode")
    }
    return {**seconds, **memory, "file_bytes": size, **speeds}


if __name__ == "__main__":
    groups: dict[int, dict[str, Any]] = {
        threads: {"step": lambda table: (grids(table), pyramids(table))}
        for threads in {1, torch.get_num_threads()}
    }
    groups[1]["picture"] = pictures
    rates = ("encode_megapixels_per_second", "decode_megapixels_per_second")
    write("compression", groups, (*COLUMNS, *MEASURED, *rates, "note"))
