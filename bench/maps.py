"""Time and memory of the inversion against the size of a map: `python bench/maps.py`, a quarter of an hour on one core.

A cube of 13 wavelengths goes through the pipeline's own rules, one after another. Seconds are CPU seconds and bytes the
largest memory of one process, both with what it takes to start Snakemake and the job. All happens in a temporary folder.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from fieldbench.datasets import plage_synthetic
from measure import COLUMNS, Table, write

ROOT = Path(__file__).resolve().parents[1]
SIZES = (500, 1000, 2000)  # pixels along a side
PATCH = 500  # that is repeated
LINE, NOISE = "mg-i-5173", 1e-3
TILES = 4
MAP = "results/inversion/map"
STEPS = {  # in the order in which they need one another
    "cube read and checked": "results/data/map.nc",
    "profiles to parabolas": f"{MAP}/weak_field.nc",
    "pixelwise": f"{MAP}/reference/pixelwise/0/field.nc",
    "regularized": f"{MAP}/reference/regularized/0/field.nc",
    "both judged": f"{MAP}/reference/metrics.json",
    "the recommended field": f"{MAP}/recommended.nc",
}

# A process of its own, since the memory of one that starts another counts as that of the other.
METER = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": usage.ru_utime + usage.ru_stime, "bytes": usage.ru_maxrss * 1024.0}))
sys.exit(done.returncode)
"""


@contextmanager
def folder(size: int) -> Iterator[Path]:
    """A temporary folder with the pipeline, a cube, and two overlays: `whole.json`, and `tiled.json` beside it."""
    with tempfile.TemporaryDirectory(prefix="fieldbench-maps-") as name:
        for part in ("config", "workflow", "envs"):
            Path(name, part).symlink_to(ROOT / part)
        wavelengths = write_cube(Path(name, "cube.fits"), size)
        options = {"path": f"{name}/cube.fits", "line": LINE, "wavelengths": wavelengths}
        cube = {"type": "fits_cube", "with": {**options, "axes": ["stokes", "wavelength", "y", "x"]}}
        methods = {"regimes": ["reference"], "data": ["map"], "methods": ["pixelwise", "regularized"]}
        study = {
            "pathvars": {"results": "results"},
            "run": ["map"],
            "datasets": {"map": {**cube, "scheme": "default"}},
            "experiments": {"map": {"area": "inversion", **methods}},
            "inversion": {"held_out": {"fraction": 0.0}},
        }
        Path(name, "whole.json").write_text(json.dumps(study))
        Path(name, "tiled.json").write_text(json.dumps({"inversion": {"tiles": {"map": TILES}}}))
        yield Path(name)


def write_cube(path: Path, size: int) -> list[float]:
    """Write a map of a patch and its mirror images, with noise of its own in each; returns the wavelengths."""
    patch = plage_synthetic.load(line=LINE, shape=[PATCH, PATCH], noise=1e-6)
    profiles = patch.stokes_profiles.transpose("stokes", "wavelength", "y", "x").values
    for axis in (2, 3):
        turned = [profiles, np.flip(profiles, axis)]
        profiles = np.concatenate([turned[number % 2] for number in range(size // PATCH)], axis)
    profiles += NOISE * np.random.default_rng(0).standard_normal(profiles.shape, np.float32)
    fits.PrimaryHDU(profiles).writeto(path)
    return patch.wavelength.values.tolist()


def make(where: Path, target: str, *overlays: str) -> dict[str, float]:
    """CPU seconds and the largest memory in bytes of Snakemake and its jobs."""
    command = [sys.executable, "-m", "snakemake", target, "--cores", "1", "--configfile", *overlays]
    library = {**os.environ, "PYTHONPATH": str(ROOT / "workflow"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", METER, *command], cwd=where, env=library, text=True, capture_output=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def maps(table: Table) -> None:
    """Each step on growing maps; the regularized inversion against the pixel-wise one, and by tiles against whole."""
    for size in SIZES:
        with folder(size) as where:
            found = {name: make(where, target, "whole.json") for name, target in STEPS.items()}
            tiled = f"regularized, {TILES} tiles"
            found[tiled] = make(where, STEPS["regularized"], "whole.json", "tiled.json")
        references = {"regularized": "pixelwise", tiled: "regularized"}
        for name, costs in found.items():
            compared = against(costs, found, references.get(name))
            rates = {
                "pixels_per_second": size**2 / costs["seconds"],
                "bytes_per_pixel": costs["bytes"] / size**2,
            }
            table.add("map", f"{size} x {size}", name, **compared, **costs, **rates)


def against(
    costs: dict[str, float], found: dict[str, dict[str, float]], reference: str | None
) -> dict[str, Any]:
    """The columns that compare a step's seconds with its reference's; none without a reference."""
    if reference is None:
        return {}
    longer = found[reference]["seconds"]
    return {"reference": reference, "ratio": longer / costs["seconds"], "reference_seconds": longer}


if __name__ == "__main__":
    write("maps", {1: {"map": maps}}, (*COLUMNS, "bytes", "pixels_per_second", "bytes_per_pixel"))
