"""The whole run for a GPU at tiny size, with Triton's interpreter in place of a device."""

import os
import subprocess
import sys

import pandas as pd
import pytest
import torch
from fieldbench.encoders import _multigrid
from fieldbench.kernels import fused
from fieldbench.radiance import marching, occupancy, perceptron, volume

from tests.conftest import ROOT
from tests.interpreter import widen_bfloat16


@pytest.fixture
def bench(monkeypatch, tmp_path):
    """The modules `gpu` and `checks`, run in an empty folder, where the CPU has kernels except for a reference."""
    pytest.importorskip("triton", reason="Triton's kernels need Triton, which has no build for this platform")
    monkeypatch.syspath_prepend(ROOT / "bench")
    monkeypatch.chdir(tmp_path)
    widen_bfloat16(monkeypatch)
    import checks
    import gpu

    lent = [True]
    for module in (fused, _multigrid, marching, occupancy, perceptron, volume):
        monkeypatch.setattr(module, "has_kernels", lambda _: lent[0])

    def reference(check):
        lent[0] = False
        try:
            return check(torch.device("cpu"))
        finally:
            lent[0] = True

    monkeypatch.setattr(checks, "reference", reference)
    yield gpu, checks
    for name in ("gpu", "checks", "kernels", "inversion", "measure"):
        sys.modules.pop(name, None)


def test_every_check_and_part_runs(bench):
    gpu, checks = bench
    gpu.main(["--tiny"])
    checked = pd.read_csv("results/bench/checks.csv")
    assert list(checked["variant"]) == [name for name, *_ in checks.all_checks()]
    assert (checked["error"] <= checked["allowed"]).all()
    measured = pd.read_csv("results/bench/gpu.csv")
    assert set(measured["benchmark"].str.split(" to ").str[0]) == set(
        gpu.parts(torch.device("cpu"), gpu.TINY, None)
    )


def test_the_first_fault_ends_the_run_and_is_named(bench, monkeypatch):
    gpu, _ = bench
    right = marching.march_kernel
    monkeypatch.setattr(
        "checks.march_kernel", lambda rays, *rest: right(rays._replace(far=rays.far / 2), *rest)
    )
    with pytest.raises(SystemExit, match="march, 1 cascades: differs"):
        gpu.main(["--tiny"])
    assert pd.read_csv("results/bench/checks.csv")["variant"].iloc[-1] == "march, 1 cascades"


def test_no_part_begins_after_its_time(bench, monkeypatch, capsys):
    gpu, checks = bench
    monkeypatch.setattr(checks, "all_checks", lambda: iter(()))
    gpu.main(["--tiny", "--seconds", "0"])
    assert capsys.readouterr().out.count("left out, 0 seconds are over") == len(
        gpu.parts(None, gpu.TINY, None)
    )


def test_it_needs_neither_snakemake_nor_netcdf4():
    """As on a bare machine with torch, to which the checkout alone was copied."""
    code = "import sys; sys.modules |= dict.fromkeys(['snakemake', 'netCDF4']); import gpu"
    path = os.pathsep.join(str(ROOT / part) for part in ("bench", "workflow"))
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=True)
