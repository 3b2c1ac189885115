"""What is to be known of a GPU, in ten minutes: `python bench/gpu.py [--seconds 540] [--scene FOLDER] [--tiny]`.

First whether every kernel and every area computes on the device what it computes on a CPU: the first fault ends the run and
is named. Then speed: kernels against torch eager, torch.compile and the floor; a step of the inversion and of SHACIRA; and
how long a radiance field takes to a quality. Every part writes its rows as it ends (results/bench/{checks,gpu}.csv), so that
a run that is cut leaves what it has, and no part begins after `--seconds`. Needs neither Snakemake nor netCDF4.

`--tiny` is the same at sizes of a test; without a device it takes the CPU, which has no kernels unless a test lends it
Triton's interpreter.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import checks
import inversion
import kernels
import torch
from fieldbench import registry
from fieldbench.compression import field as compression_field
from fieldbench.compression.codecs import shacira
from fieldbench.datasets import image_synthetic
from fieldbench.inversion import neural
from fieldbench.inversion.published import PublishedStep
from fieldbench.radiance.learning import train
from fieldbench.radiance.scene import from_dataset
from fieldbench.radiance.spec import Spec
from fieldbench.training.loop import Run
from measure import COLUMNS, Table, by_turns

GOAL_DB = 33
HASH = {
    "type": "hash",
    "precision": "float16",
    "grid": {"base_resolution": 16, "max_resolution": 512, "levels": 8, "features": 4, "table_size": 2**19},
}


@dataclass(frozen=True)
class Size:
    """How large the parts of a run are.

    Attributes:
        points: of the kernels.
        levels: of their grid.
        rows: of the largest table.
        map: rows and columns of the inverted map.
        picture: rows and columns of the coded picture.
        pixels: along a side of a view of the built-in scene.
        steps: of the radiance field's training.
        samples: of one of them.
        step: the shortest along a ray.
    """

    points: tuple[int, ...]
    levels: int
    rows: int
    map: tuple[int, int]
    picture: tuple[int, int]
    pixels: int
    steps: int
    samples: int
    step: float


WHOLE = Size(
    tuple(2**power for power in range(14, 23, 2)), 16, 2**19, (200, 178), (512, 768), 400, 5000, 2**18, 0.01
)
TINY = Size((70,), 2, 2**8, (12, 10), (16, 24), 8, 2, 2**9, 0.1)


def inversion_step(device: torch.device, size: Size, table: Table) -> None:
    """The inversion's step, as one CUDA graph on a device, against the published one."""
    data = inversion.problem(size.map)
    for regime, grid in inversion.REGIMES.items():
        spec = inversion.spec({**grid, "table_size": size.rows})
        phase = neural.Phase(data, "b_los", spec, inversion.TRAINING, device)
        works = {
            inversion.FAST: partial(Run(phase.model, phase.recipe).advance, 0),
            inversion.PUBLISHED: PublishedStep(data, spec, inversion.TRAINING, device=device),
        }
        table.compare("inversion step", regime, by_turns(works, kernels.TURNS), inversion.FAST)


def shacira_step(device: torch.device, size: Size, table: Table) -> None:
    """A step of SHACIRA: loss and gradients."""
    picture = compression_field.from_dataset(image_synthetic.load(shape=size.picture, seed=0))
    model = shacira.build().model(picture, 0, device)
    model.set_progress(0.5)

    def work() -> None:
        model.zero_grad()
        loss = model()
        loss.backward()
        float(loss.detach())  # waits for the device

    seconds = by_turns({"shacira": work}, kernels.TURNS)["shacira"]
    table.add("shacira step", f"{size.picture[1]} x {size.picture[0]}", "shacira", seconds=seconds)


def radiance(device: torch.device, size: Size, table: Table, folder: str | None) -> None:
    """Seconds of training of Instant-NGP in half precision to a PSNR on views that are held out."""
    if folder:
        source = {"path": f"{folder}/transforms_train.json", "data_root": None, "download": False}
        data = registry.build("datasets", "scene_transforms", **source)
    else:
        data = registry.build("datasets", "scene_analytic", size=size.pixels, train=12, test=1)
    grid = {**HASH["grid"], "table_size": size.rows}
    for fused in (False, True):
        spec = Spec(field={**HASH, "grid": grid, "fused": fused}, shortest_step=size.step)
        result = train(
            from_dataset(data),
            spec,
            checks.training(size.steps, size.samples, GOAL_DB),
            seed=0,
            device=device,
        )
        reached = result.measures.get(f"by_{GOAL_DB}_db_seconds", float("nan"))
        name = "fused networks" if fused else "networks of torch"
        quality = float(result.outputs["history"]["psnr_db"].max())
        table.add(
            f"radiance to {GOAL_DB} dB", f"{data.sizes['x']} px", name, seconds=reached, psnr_db=quality
        )


def parts(device: torch.device, size: Size, folder: str | None) -> dict[str, Callable[[Table], None]]:
    """What is measured, the most wanted first."""
    setting = kernels.Setting(device, size.points, size.levels, size.rows)
    return {
        "mlp": partial(kernels.mlp, setting),
        "encode": partial(kernels.encode, setting),
        "inversion step": partial(inversion_step, device, size),
        "radiance": lambda table: radiance(device, size, table, folder),
        "encode_mlp": partial(kernels.encode_mlp, setting),
        "shacira step": partial(shacira_step, device, size),
    }


def main(arguments: list[str] | None = None) -> None:
    """Check, then measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=540.0, help="after which no further part begins")
    parser.add_argument("--scene", help="folder with transforms_train.json; the built-in scene without it")
    parser.add_argument("--tiny", action="store_true", help="sizes of a test")
    chosen = parser.parse_args(arguments)
    if not (chosen.tiny or torch.cuda.is_available()):
        sys.exit(
            "bench/gpu.py measures a CUDA device, and this machine has none; --tiny tries it on the CPU."
        )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    size, began = TINY if chosen.tiny else WHOLE, time.monotonic()
    torch.manual_seed(0)
    checks.run(device, Table("checks", checks.COLUMNS, device=name))
    table = Table("gpu", (*COLUMNS, "psnr_db"), device=name, threads=torch.get_num_threads())
    for part, work in parts(device, size, chosen.scene).items():
        if time.monotonic() - began > chosen.seconds:
            print(f"{part}: left out, {chosen.seconds:g} seconds are over")
            continue
        work(table)
        table.save()
    print(f"written: {table.path}")


if __name__ == "__main__":
    main()
