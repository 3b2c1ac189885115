"""Made-up studies of magnetic fields: records of methods whose numbers a test chooses."""

import numpy as np
from fieldbench import record
from fieldbench.inversion.report.results import Study
from fieldbench.report import tables

from tests.report.records import made_up

SEEDS = (0, 1, 2, 3, 4)
NEURAL = {
    "loss_b_los_ic2": 2.0e-6,
    "loss_b_qu_ic2": 2.0e-6,
    "loss_total_ic2": 4.0e-6,
    "floor_total_ic2": 2.0e-6,
    "excess_total_ic2": 2.0e-6,
    "held_out_b_los_chi2": 1.10,
    "held_out_b_qu_chi2": 1.20,
    "b_los_rmse_gauss": 30.0,
    "b_transverse_rmse_gauss": 80.0,
    "azimuth_median_error_degree": 5.0,
    "b_los_coverage_fraction": 0.6,
    "b_transverse_coverage_fraction": 0.5,
    "azimuth_coverage_fraction": 0.55,
    "usable_count": 400,
    "masked_count": 80,
    "parameter_count": 18_000,
    "table_bytes": 43_360,
    "plane_bytes": 0,
    "network_count": 12_867,
    "smoother_count": 0,
    "predictor_count": 0,
    "peak_memory_bytes": 3.0e8,
    "train_seconds": 6.0,
    "step_seconds": 0.015,
    "steps_to_1pct_b_los_count": 150,
    "steps_to_1pct_b_qu_count": 160,
    "loss_rise_b_los_fraction": 0.1,
    "loss_rise_b_qu_fraction": 0.2,
}
CLASSICAL = {name: NEURAL[name] for name in list(NEURAL)[:15]} | {"train_seconds": 0.1}
EXACT = ("count", "bytes")
GRID = {"definitions": "strict", "base_resolution": 1, "levels": 16, "features": 2, "table_size": 524288}
ABOUT = {
    "area": "inversion",
    "regimes": {
        "strict": {**GRID, "max_resolution": 32},
        "reference": {},
        "r8": {**GRID, "max_resolution": 8},
        "r16": {**GRID, "max_resolution": 16},
    },
    "encoders": {
        name: {"description": f"Description of {name}", "key_features": f"Features of {name}"}
        for name in ("v0", "v1", "v6", "siren")
    },
    "classical": {
        name: {"description": f"Description of {name}", "key_features": "No grid"}
        for name in ("pixelwise", "regularized")
    },
    "references": {"strict": "v0", "reference": "pixelwise", "r8": "v1", "r16": "v1"},
    "sweep": {"encoder": "v1", "regimes": ["r8", "r16", "strict"]},
    "figures": {"plage-synthetic": ["maps"]},
    "seeds": list(SEEDS),
    "margins": {"misfit_percent": 2.0, "psnr_db": 0.1, "bytes_percent": 2.0},
    "training": {"steps": 200, "learning_rate": 0.005, "hidden": 64, "hidden_layers": 2},
}
FACTS = {
    "title": "A generated plage",
    "kind": "generated",
    "source": "",
    "licence": "",
    "line": "mg-i-5173",
    "shape": [24, 20],
    "wavelengths": 13,
    "noise": {"I": 1e-3, "V": 1e-3},
    "half_width": 0.1,
    "usable": 400,
    "masked": 80,
    "held_out": 40,
    "beyond_share": 0.025,
    "scheme": ["B_los: wing formula at 5 wavelengths"],
    "notes": ["80 suspect pixels masked."],
    "warnings": ["The wing formula is used inside the core."],
}


class InversionStudy:
    """Collects records of made-up runs; every seed's value is the chosen mean plus a little noise fixed by the method."""

    def __init__(self, dataset="plage-synthetic"):
        self.dataset = dataset
        self.records = []

    def add(self, regime, method, seeds=SEEDS, spread=0.002, trained=True, **metrics):
        """Records of one method; a list gives the values of each seed."""
        chosen = {**(NEURAL if trained else CLASSICAL), **metrics}
        draws = np.random.default_rng(sum(map(ord, regime + method)))
        for index, seed in enumerate(seeds):
            values = {}
            for name, mean in chosen.items():
                noise = 1 + spread * draws.standard_normal()
                steady = record.unit(name) in EXACT or not trained
                values[name] = mean[index] if isinstance(mean, list) else mean if steady else mean * noise
            self._record(regime, method, seed, metrics=values)
        return self

    def classical(self, method, **metrics):
        """A method without training, in the regime without a grid."""
        return self.add("reference", method, seeds=(0,), trained=False, **metrics)

    def time(self, regime, method, plain, fast=0.01, repetitions=5):
        """A timing record, with draws over repetitions."""
        wobble = 1 + 0.01 * np.cos(np.arange(repetitions) + len(method))
        times = {"plain_step_seconds": plain * wobble, "fast_step_seconds": fast * wobble}
        self._record(
            regime, method, 0, deterministic=True,
            metrics={name: values.mean() for name, values in times.items()},
            draws={name: {"repetition": values} for name, values in times.items()},
        )  # fmt: skip
        return self

    def fail(self, regime, method, seed, reason, status="failed"):
        """A run that did not end."""
        self._record(regime, method, seed, status=status, reason=reason)
        return self

    def _record(self, regime, method, seed, **rest):
        head = {
            "area": "inversion",
            "dataset": self.dataset,
            "regime": regime,
            "method": method,
            "seed": seed,
        }
        self.records.append(
            made_up(**head, **rest, provenance={"code": "f00", "device": "cpu", "torch": "2.13.0"})
        )

    def long(self):
        """The long table."""
        return tables.collect(self.records)

    def results(self):
        """The look-up."""
        return tables.Results(self.long())

    def finished(self, about=None):
        """The study that pages are made of."""
        study = Study(self.results(), about or ABOUT)
        study.facts = {name: FACTS for name in study.results.datasets}
        return study


def benchmark(study):
    """A small benchmark in which V6 of the strict regime is best for B_los and `regularized` for B_Q, B_U."""
    study.add("strict", "v0").add(
        "strict", "v1", loss_total_ic2=3.9e-6, excess_total_ic2=1.9e-6, train_seconds=5.0
    )
    study.add("strict", "v6", held_out_b_los_chi2=1.02, b_los_rmse_gauss=20.0, train_seconds=12.0)
    study.add("r8", "v1", held_out_b_los_chi2=1.5).add("r16", "v1", held_out_b_qu_chi2=1.15)
    study.classical("pixelwise", held_out_b_los_chi2=1.8, held_out_b_qu_chi2=1.9, loss_total_ic2=2e-6)
    study.classical("regularized", held_out_b_los_chi2=1.05, held_out_b_qu_chi2=1.01)
    return study.time("strict", "v0", 0.26).time("strict", "v1", 0.25).time("strict", "v6", 0.375)
