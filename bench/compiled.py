"""What every Triton kernel takes of a multiprocessor, without a device: `python bench/compiled.py FOLDER`.

The functions that launch kernels are called as they are, with arrays on the CPU; in place of a launch, the kernel is
compiled for compute capability 9.0 (H100, H200). It writes FOLDER/sm90-triton-<version>.csv, for
the Triton that is imported.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import torch
import triton
from fieldbench import files
from fieldbench.encoders._multigrid import lattices, make_levels
from fieldbench.kernels import fused, triton_encode_mlp, triton_grid, triton_mlp
from fieldbench.kernels.fused import ACTIVATIONS, MOST_HIDDEN, WIDTHS
from fieldbench.radiance.triton_march import March
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

TARGET = GPUTarget("cuda", 90, 32)
POINTERS = {
    torch.float32: "*fp32",
    torch.float16: "*fp16",
    torch.bfloat16: "*bf16",
    torch.int64: "*i64",
    torch.uint8: "*u8",
}
SCALARS = {int: "i32", float: "fp32"}
ALIGNED = [["tt.divisibility", 16]]  # as torch allocates arrays
OUT = 16
POINTS = 1001  # no multiple of anything, so that nothing is assumed about a number of points


def compile_launch(kernel: triton.JITFunction, *arguments: Any, grid: Any, warmup: bool, **named: Any) -> Any:
    """Compile what `kernel[grid](*arguments, **named)` launches; stands in for `JITFunction.run`."""
    values = dict(zip(kernel.arg_names, arguments, strict=False)) | named
    options = {name: values.pop(name) for name in named if name not in kernel.arg_names}
    signature, constants, attributes = {}, {}, {}
    for place, parameter in enumerate(kernel.params):
        value = values[parameter.name]
        if isinstance(value, torch.Tensor):
            signature[parameter.name], attributes[(place,)] = POINTERS[value.dtype], ALIGNED
        elif parameter.is_constexpr or value is None:
            signature[parameter.name], constants[(place,)] = "constexpr", value
        else:
            signature[parameter.name] = SCALARS[type(value)]
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants, attrs=attributes)
    return triton.compile(source, target=TARGET, options=options)


def resources(compiled: Any) -> dict[str, int]:
    """Registers per thread, bytes of stack per thread (spilt registers lie there) and of shared memory per program."""
    tool = Path(triton.__file__).parent / "backends/nvidia/bin/cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(compiled.asm["cubin"])
        file.flush()
        text = subprocess.run(
            [tool, "-res-usage", file.name], capture_output=True, text=True, check=True
        ).stdout
    registers, stack = map(int, re.search(r"REG:(\d+) STACK:(\d+)", text).groups())
    return {"registers": registers, "stack_bytes": stack, "shared_bytes": compiled.metadata.shared}


def grids() -> Iterator[tuple[str, Callable]]:
    """Look-up and its adjoint, in two and three dimensions."""
    for dimensions, features, precision in [
        *((d, 2, precision) for d in (2, 3) for precision in (torch.float32, torch.float16)),
        *((3, features, torch.float32) for features in (1, 4, 8)),
    ]:
        levels, table, points = _grid(2**10, dimensions, features, precision)
        grad = torch.zeros(len(levels), features, POINTS, dtype=precision)
        name = f"{dimensions}-D, {features} features, {_name(precision)}"
        yield f"grid forward, {name}", partial(triton_grid.gather, table, points, levels)
        yield f"grid backward, {name}", partial(triton_grid.scatter, grad, points, levels)


def _grid(rows: int, dimensions: int, features: int, precision: torch.dtype) -> tuple:
    """Lattices of 16 levels, their table, and points."""
    sizes = {"base_resolution": 16, "max_resolution": 2048, "levels": 16, "table_size": rows}
    words = {"indexing": "dense", "cells": "scaled", "interpolation": "linear"}
    levels = make_levels(dimensions, **sizes, **words)
    table = torch.zeros(sum(level.rows for level in levels), features, dtype=precision)
    return tuple(lattices(levels, dimensions)), table, torch.zeros(POINTS, dimensions)


def networks() -> Iterator[tuple[str, Callable]]:
    """The network forward, as trained and as evaluated, and backward: every width, depth, precision and activation."""
    for width, hidden, activation, precision, inputs in [
        *((width, 2, "relu", torch.float16, 32) for width in WIDTHS),
        (64, 2, "relu", torch.bfloat16, 32),
        *((64, hidden, "relu", torch.float16, 32) for hidden in (1, MOST_HIDDEN)),
        *((64, 2, activation, torch.bfloat16, 34) for activation in ACTIVATIONS if activation != "relu"),
        (128, MOST_HIDDEN, "relu", torch.float16, 32),
    ]:
        shape, weights, biases = _network(inputs, width, hidden, precision)
        x, grad = torch.zeros(inputs, POINTS, dtype=precision), torch.zeros(OUT, POINTS, dtype=precision)
        saved = torch.zeros(hidden, POINTS, width, dtype=precision)
        name = f"{inputs}-{width}x{hidden}-{OUT}, {activation}, {_name(precision)}"
        forward = partial(triton_mlp.forward, x, weights, biases, shape, activation)
        yield f"network forward, {name}", partial(forward, save=True)
        yield f"network evaluated, {name}", partial(forward, save=False)
        backward = partial(triton_mlp.backward, x, weights, saved, grad, shape, activation, with_input=True)
        yield f"network backward, {name}", backward


def _network(inputs: int, width: int, hidden: int, precision: torch.dtype) -> tuple:
    """Sizes, weights and biases, as `fused` packs them."""
    layers = [torch.zeros(o, i, dtype=precision) for i, o in pairwise([inputs, *[width] * hidden, OUT])]
    weights = torch.cat([layer.flatten() for layer in layers])
    return fused.shape_of(layers), weights, torch.zeros(hidden * width + OUT)


def renderers() -> Iterator[tuple[str, Callable]]:
    """Look-up and network in one; tables whose rows are no power of two need keys of 64 bits."""
    for rows, width in ((2**10, 64), (1000, 64), (2**10, 128)):
        levels, table, points = _grid(rows, 3, 2, torch.float16)
        shape, weights, biases = _network(32, width, 2, torch.float16)
        name = f"{width}x2, {64 if rows == 1000 else 32}-bit keys, float16"
        arguments = points, table, levels, weights, biases, shape, "relu"
        yield f"look-up and network, {name}", partial(triton_encode_mlp.forward, *arguments)


def marches() -> Iterator[tuple[str, Callable]]:
    """The march along rays, both passes, with and without a grid of occupied cells."""
    numbers = torch.zeros(POINTS)
    rays = torch.zeros(POINTS, 3), torch.zeros(POINTS, 3), numbers, numbers, numbers
    for cascades in (0, 1, 5):
        cells = torch.zeros(cascades, 8, 8, 8, dtype=torch.bool) if cascades else None
        marching = March(rays, (0.01, 0.1, 0.004), cells, torch.ones(cascades) if cascades else None)
        yield f"march counted, {cascades} cascades", marching.count
        offsets = torch.zeros(POINTS + 1, dtype=torch.int64)
        yield f"march written, {cascades} cascades", partial(marching.write, offsets, 0)


def _name(precision: torch.dtype) -> str:
    return str(precision).removeprefix("torch.")


def compile_all() -> pd.DataFrame:
    """One row per kernel; prints each as it comes."""
    rows, kernels = [], []
    for name, launch in chain(grids(), networks(), renderers(), marches()):
        with mock.patch.object(
            triton.JITFunction, "run", lambda *a, **k: kernels.append(compile_launch(*a, **k))
        ):
            launch()
        rows.append({"kernel": name, **resources(kernels.pop())})
        print(*rows[-1].values(), sep="  ", flush=True)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    (folder,) = sys.argv[1:]
    files.save_text(compile_all().to_csv(index=False), Path(folder) / f"sm90-triton-{triton.__version__}.csv")
