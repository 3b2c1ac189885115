"""Every Triton kernel compiles for an H100 or H200, on a machine without one, and takes of it what the table says."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "docs/results/kernels"
BESIDE = Path(sys.prefix) / "triton-3.6.0"  # of torch 2.11


def table(search: str, folder: Path) -> Path:
    """Compile all kernels by the Triton that `search` leads to."""
    environment = {**os.environ, "PYTHONPATH": f"{search}{os.pathsep}{ROOT / 'workflow'}"}
    environment.pop("TRITON_INTERPRET", None)
    subprocess.run([sys.executable, ROOT / "bench/compiled.py", folder], env=environment, check=True)
    (written,) = folder.glob("*.csv")
    return written


@pytest.mark.parametrize("which", ["installed", "of torch 2.11"])
def test_kernels_compile_for_compute_capability_9(which, tmp_path):
    if which == "installed" and not importlib.util.find_spec("triton"):
        pytest.skip("Triton has no build for this platform")
    if which != "installed" and not BESIDE.exists():
        pytest.skip("`make test` puts Triton 3.6.0 beside the packages; this run has none")
    written = table("" if which == "installed" else str(BESIDE), tmp_path)
    compiled = pd.read_csv(written, index_col="kernel")
    published = TABLES / written.name
    if not published.exists():
        pytest.skip(f"all compile; {written.name} is not published")
    pd.testing.assert_frame_equal(compiled, pd.read_csv(published, index_col="kernel"))


@pytest.mark.parametrize("path", sorted(TABLES.glob("sm90-*.csv")), ids=lambda path: path.stem)
def test_published_kernels_keep_their_values_in_registers(path):
    spilt = pd.read_csv(path, index_col="kernel").query("stack_bytes > 0")
    assert set(spilt.index) <= {"look-up and network, 64x2, 64-bit keys, float16"}
