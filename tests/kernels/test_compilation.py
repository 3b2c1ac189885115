"""Kernels give the same bits whether they have just been compiled or come from the cache."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
PROGRAM = """
import hashlib
import torch
from fieldbench.encoders.multigrid import build
torch.manual_seed(0)
torch.set_num_threads(1)
encoder = build(2, base_resolution=1, max_resolution=16, levels=4, features=2, table_size=4096, **{options})
view = encoder.on_grid((40, 36))
optimizer = torch.optim.Adam(encoder.parameters(), lr=0.05)
for step in range(30):
    optimizer.zero_grad()
    loss = (view().sin() ** 2).sum()
    loss.backward()
    optimizer.step()
state = torch.cat([parameter.detach().flatten() for parameter in encoder.parameters()])
print(hashlib.sha256(state.numpy().tobytes()).hexdigest())
"""
SMOOTHED = {"smoothing": {"networks": "per-level", "expansion": 4, "normalized": True}}


@pytest.mark.parametrize("options", [SMOOTHED, {}], ids=["smoothed", "plain"])
def test_a_kernel_from_the_cache_gives_the_bits_of_one_just_compiled(options, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(WORKFLOW), "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM.replace("{options}", repr(options))]
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert any(tmp_path.rglob("*.nbc")) and first == second
