"""Decoding gives what training computes, and the same bits whatever multiplies and adds."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from fieldbench import registry
from fieldbench.compression import codec, fixed_order, pyramid_network, tensors

from tests.compression.coding import CPU, encoded, image, volume

DIGESTS = """
import hashlib, json, sys
import torch
from fieldbench.compression import codec
torch.set_num_threads(2)
fields = [codec.decode(open(path, "rb").read()) for path in sys.argv[1:]]
print(json.dumps([hashlib.sha256(field.values.tobytes()).hexdigest() for field in fields]))
"""
# No fused multiplication and addition, in MKL, in PyTorch and in NumPy; two threads.
ELSEWHERE = {
    "MKL_CBWR": "COMPATIBLE", "ATEN_CPU_CAPABILITY": "default", "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3",
    "OPENBLAS_CORETYPE": "Nehalem", "OMP_NUM_THREADS": "2",
}  # fmt: skip


def test_the_bits_depend_on_neither_threads_nor_kernels(tmp_path):
    """Of real fields, where no rounding to levels hides a difference."""
    made = [encoded(volume(), kind, steps=3).data for kind in ("shacira", "ngp")]
    made += [registry.build(codec.KIND, "pyramid", steps=3).encode(volume(), seed=1, device=CPU).data]
    paths = [tmp_path / f"{number}.fbc" for number in range(len(made))]
    for path, data in zip(paths, made, strict=True):
        path.write_bytes(data)
    command = [sys.executable, "-W", "ignore", "-c", DIGESTS, *map(str, paths)]
    done = subprocess.run(command, env={**os.environ, **ELSEWHERE}, capture_output=True, check=True)
    here = [hashlib.sha256(codec.decode(data).values.tobytes()).hexdigest() for data in made]
    assert json.loads(done.stdout) == here


def test_a_product_is_summed_from_the_first_term_to_the_last():
    """1e8 + 1 - 1e8 in single precision is 0, and 1e8 - 1e8 + 1 is 1."""
    matrix = np.array([[1, 1, 1]], np.float32)
    columns = np.array([[1e8, 1e8], [1, -1e8], [-1e8, 1]], np.float32)
    assert fixed_order.product(matrix, columns, np.zeros(1, np.float32)).tolist() == [[0, 1]]
    assert fixed_order.product(matrix[:, :2], columns[1:], np.full(1, 5, np.float32))[0, 0] == np.float32(
        -1e8 + 8
    )


def test_columns_beyond_a_block_are_computed_too():
    random = np.random.default_rng(0)
    matrix, bias = random.normal(size=(3, 5)).astype("f4"), random.normal(size=3).astype("f4")
    columns = random.normal(size=(5, fixed_order.BLOCK + 3)).astype("f4")
    expected = matrix.astype("f8") @ columns + bias[:, None]
    assert np.abs(fixed_order.product(matrix, columns, bias) - expected).max() < 1e-5


@pytest.mark.parametrize("shape", [(1, 20, 13), (5, 8, 9)])
def test_a_pyramid_is_decoded_as_it_is_trained(shape):
    generator = torch.Generator().manual_seed(0)
    network = pyramid_network.Synthesis(4, 3, 8, 1, generator)
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) / 3
    shapes = [pyramid_network.level_shape(shape, level) for level in range(4)]
    latents = [torch.randint(-9, 9, size, generator=generator).float() for size in shapes]
    with torch.no_grad():
        expected = network(latents, shape)
    found = fixed_order.synthesized(network, [level.numpy() for level in latents], shape)
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-4, atol=1e-4)


def test_a_hashed_table_of_one_row_is_not_left():
    grid = registry.build(codec.KIND, "ngp", levels=2, table_size=0, max_resolution=32).grid
    levels = grid.tables(image().shape)
    assert levels[-1].hashed and levels[-1].rows == 1
    table = np.full((1, 2), 3, np.float32)
    found = fixed_order.features_at(table, levels[-1], (4, 5), np.arange(4))
    assert found.shape == (2, 20) and np.abs(found - 3).max() < 1e-5


def test_layers_are_read_in_their_order():
    network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    columns = torch.randn(2, 7)
    with torch.no_grad():
        expected = network(columns.T).T.numpy()
    found = fixed_order.perceptron(columns.numpy(), tensors.arrays(network.parameters()))
    assert np.abs(found - expected).max() < 1e-6
