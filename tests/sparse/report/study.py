"""A made-up study of sparse fields, whose differences are known by hand."""

import numpy as np
from fieldbench.report import claims, tables
from fieldbench.sparse.report import page
from fieldbench.sparse.report.results import Study

from tests.report.records import made_up

NUMBER = 8  # test fields
WOBBLE = np.array([3.0, -3, 2, -2, 1, -1, 0.5, -0.5])  # of a field's PSNR, the same for every method
NOISE = np.array([0.1, -0.1, -0.1, 0.1, 0.05, -0.05, -0.05, 0.05])  # of a method's; sums to 0
SOUND = {
    "psnr_db": 25.0,
    "unseen_count": 0,
    "trained_db": 25.0,
    "untrained_db": 25.0,
    "swap_drop_db": 20.0,
    "variation_fraction": 1.0,
    "aliased_fraction": 0.0,
    "loss_over_blind_ratio": 0.1,
    "constant_mean_db": 9.0,
    "climatology_db": 9.5,
    "independent_draw_db": 6.0,
}
BLIND = {
    "psnr_db": 6.0,
    "trained_db": 6.1,
    "unseen_count": 973,
    "untrained_db": 6.0,
    "swap_drop_db": 0.1,
    "loss_over_blind_ratio": 1.0,
}
ABOUT = {
    "backbones": ["transformer", "mamba"],
    "factors": {
        "queries": {"meaning": "loss at random points", "of_flow": False},
        "objective": {"meaning": "least squares", "of_flow": False},
        "sampler": {"meaning": "the state is fed back", "of_flow": True},
    },
    "programs": {"attention-only": "only attention reaches the output"},
    "versions": {"v3": ("reflow",), "v4": ("multi_scale",), "v13": ("reflow", "multi_scale"), "v14": ("reflow", "clipping"),
                 "v58": ("reflow", "multi_scale", "clipping")},
    "base": "transformer-fixes-1-2-3",
    "area": "sparse",
    "figures": {"bar": {"type": "bar", "with": {}}, "gallery": {"type": "gallery", "with": {"task": "simple"}},
                "winds": {"type": "gallery", "with": {"task": "wind-east"}}},
    "variants": ["fixes", "factors", "versions"],
    "overfits": {"one-field-fixed-mask": "one field, always the same points observed"},
    "seeds": [0],
    "margins": {"psnr_db": 0.1},
    "training": {"steps": 1000, "batch": 32},
    "oracles": {"line-spectrum": "that fields are sums of waves"},
    "versions_on": "transformer",
}  # fmt: skip


def facts(**more):
    """What a page says about a task."""
    return {
        "title": "Waves, simple", "kind": "generated", "long_name": "simple waves", "source": "", "licence": "",
        "unit": "1", "mask": "uniform", "noise": 0.0, "peak": 1.0, "points": 1024, "observed": [51],
        "train": 100, "validation": 10, "test": NUMBER, "notes": ["Seed 0."], **more,
    }  # fmt: skip


TASKS = {
    "simple": facts(),
    "sst-anomaly": facts(title="Sea-surface temperature", kind="observed", unit="degC", noise=0.1, peak=9.0),
}


class SparseStudy:
    """Collects runs whose PSNR a test chooses."""

    def __init__(self):
        self.records = []

    def add(
        self, method, level, group="classical", task="simple", seed=0, seconds=0.001, over="field", **metrics
    ):
        """A run with a mean PSNR, or one per field; its fields differ from another run's by a noise of at most 0.2 dB."""
        psnr = level + WOBBLE + NOISE * np.sin(sum(map(ord, method)) + 1)
        squared = 10 ** (-psnr / 10)
        scores = {
            "psnr_mean_db": psnr.mean(),
            "psnr_median_db": np.median(psnr),
            "psnr_minimum_db": psnr.min(),
            "psnr_pooled_db": -10 * np.log10(squared.mean()),
            "rmse_data": np.sqrt(squared.mean()),
            "field_seconds": seconds,
            "train_seconds": 10.0,
        }
        draws = {"psnr_mean_db": {over: psnr}}
        return self._record(task, group, method, seed, metrics={**scores, **metrics}, draws=draws)

    def network(self, method, level, group="networks", diagnosed=None, **more):
        """The same for a network, with a diagnosis where one is given."""
        measures = {f"diagnosed_{name}": value for name, value in {**SOUND, **(diagnosed or {})}.items()}
        return self.add(method, level, group, step_seconds=0.01, parameter_count=1000, **measures, **more)

    def overfit(self, method, group="one-field-fixed-mask", **diagnosed):
        """A training that memory alone should win; its test fields are no others, so that it has a diagnosis alone."""
        measures = {f"diagnosed_{name}": value for name, value in {**SOUND, **diagnosed}.items()}
        return self._record("simple", group, method, 0, metrics={"step_seconds": 0.01, **measures})

    def line(self, name, level, task="simple"):
        """A reference line."""
        return self._record(task, "limits", name, 0, metrics={"psnr_pooled_db": level})

    def fail(self, method, reason, group="networks", task="simple", status="failed"):
        """A run that did not end."""
        return self._record(task, group, method, 0, status=status, reason=reason)

    def _record(self, task, group, method, seed, **rest):
        head = {"area": "sparse", "dataset": task, "regime": group, "method": method, "seed": seed}
        self.records.append(made_up(**head, **rest))
        return self

    @property
    def long(self):
        """The long table."""
        return tables.collect(self.records)

    def finished(self, tasks=None):
        """The study that pages are made of."""
        study = Study(tables.Results(self.long), ABOUT)
        study.facts = tasks or {}
        return study


def bar(study, task="simple", **more):
    """Two classical methods, one oracle, one network, three lines."""
    study.add("gaussian-process", 15.0, task=task, **more).add("stack", 35.0, task=task, seconds=0.03, **more)
    study.add("line-spectrum", 38.0, task=task, **more).network("transformer", 20.0, task=task, **more)
    study.line("constant-mean", 9.03, task).line("independent-draw", 6.02, task)
    return study.line("cramer-rao", 39.0, task)


def designs(study, backbone="transformer"):
    """The document's method with its fixes, and factors: queries 0.5 dB, objective 4, sampler 1 (from the fixed method)."""
    levels = {"original": 6.0, "fixes-1": 5.7, "fixes-1-2": 6.1, "fixes-1-2-3": 6.3}
    levels |= {"original-attention-only": 5.0, "more-queries": 6.4}
    for name, level in levels.items():
        study.network(f"{backbone}-{name}", level, "fixes", {**BLIND, "psnr_db": level})
    levels = {
        "fixes-1-2-3": 6.0, "fixed-but-queries": 6.5, "fixed-but-objective": 10.0, "fixed-but-sampler": 7.0,
        "right": 16.0, "right-but-queries": 13.0, "right-but-objective": 14.0, "right-but-sampler": 5.0,
    }  # fmt: skip
    for name, level in levels.items():
        study.network(f"{backbone}-{name}", level, "factors")
    return study


def techniques(study):
    """Techniques worth 1 and 2 dB that together bring 4, and one version that costs 1."""
    levels = {ABOUT["base"]: 14.0, "v3": 15.0, "v4": 16.0, "v13": 18.0, "v14": 13.0}
    for name, level in levels.items():
        study.network(name, level, "versions")
    return study


def render(study, tasks=TASKS):
    """The page, without claims."""
    made = study.finished(tasks)
    return page.page(made, claims.judge([], made, "sparse"))
