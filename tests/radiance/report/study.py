"""A made-up study of radiance fields whose qualities, times and queries are known by hand."""

import numpy as np
import pandas as pd
from fieldbench import record
from fieldbench.radiance.report.comparison import VIEW_COLUMNS
from fieldbench.report import tables

SEEDS = (0, 1, 2)
WOBBLE = {0: -0.02, 1: 0.0, 2: 0.02}  # dB and, in hundredths, relative; by seed
HASH = {"field": {"type": "hash"}, "marching": "occupancy"}


def method(of=None, without=None, adds=None, **options):
    """An entry of the configuration."""
    words = {"of": of, "without": without, "adds": adds}
    return {"description": "A method", **words, "with": {**HASH, **options}}


def fact(**more):
    """What a page says about a scene."""
    return {
        "title": "Made up", "views_train": 40, "views_test": 4, "width": 16, "height": 12, "source": "generated",
        "licence": "", "notes": ["Seed 0."], **more,
    }  # fmt: skip


ABOUT = {
    "experiments": {
        "equal-time": {
            "title": "Equal time",
            "answers": "Which is best?",
            "data": ["mic", "balls"],
            "methods": ["hash", "hash-hull", "hash-dense", "voxel", "frequency"],
            "reference": "hash",
        },
        "ingredients": {
            "title": "Ingredients",
            "answers": "What makes it fast?",
            "data": ["mic"],
            "methods": ["hash", "hash-without-termination", "hash-with-half", "plain",
                        "plain-with-termination", "hash-with-half"],
            "reference": "hash",
        },
    },
    "methods": {
        "hash": method(),
        "hash-hull": method("hash", hull=True),
        "hash-dense": method(marching="dense"),
        "voxel": method(field={"type": "voxel"}),
        "frequency": method(field={"type": "frequency"}, marching="dense"),
        "hash-without-termination": method("hash", without="termination", termination=False),
        "hash-with-half": method("hash", adds="half"),
        "plain": method(field={"type": "frequency"}),
        "plain-with-termination": method("plain", adds="termination", field={"type": "frequency"}),
    },
    "facts": {"mic": fact(), "balls": fact(title="Balls")},
    "seeds": list(SEEDS),
    "training": {"steps": 1000, "goals_db": [25, 28, 30]},
    "figures": {"views": {"type": "views", "with": {"dataset": "mic", "experiment": "equal-time"}}},
    "orbits": ["mic"],
}  # fmt: skip


class RadianceStudy:
    """Collects runs whose numbers a test chooses."""

    def __init__(self):
        self.records, self.rows = [], []

    def add(
        self,
        name,
        psnr,
        scene="mic",
        experiment="equal-time",
        seeds=SEEDS,
        queries=4.0,
        times=None,
        **metrics,
    ):
        """A method with a mean PSNR in dB; `times` by PSNR in dB until it was reached."""
        for seed in seeds:
            scores = {
                "psnr_db": psnr + WOBBLE[seed],
                "foreground_psnr_db": psnr - 9 + WOBBLE[seed],
                "ssim_score": 0.9,
                "white_psnr_db": 13.0,
                "white_foreground_psnr_db": 4.0,
                "white_ssim_score": 0.5,
                "queries_per_ray_count": queries,
                "colours_per_ray_count": 0.5 * queries,
                "train_queries_per_ray_count": 2 * queries,
                "dense_queries_per_ray_count": 280.0,
                "tight_queries_per_ray_count": 40.0,
                "step_seconds": 0.1,
                "sample_seconds": 2e-6,
                "train_seconds": 100.0,
                "render_seconds": 0.5,
                "peak_memory_bytes": 3e8,
                "parameter_count": 10_000,
                "density_multiply_adds_count": 3000,
                "colour_multiply_adds_count": 6000,
                "occupied_fraction": 0.02,
            }
            scores |= {f"to_{goal}_db_seconds": seconds for goal, seconds in (times or {}).items()}
            head = {"dataset": scene, "regime": experiment, "method": name, "seed": seed}
            ok = {"metrics": {**scores, **metrics}, "provenance": {"device": "cpu"}}
            self.records.append(record.make(area="radiance", **head, **ok))
        return self

    def fail(self, name, reason, scene="mic", experiment="equal-time", status="failed"):
        """A run that did not end."""
        head = {"dataset": scene, "regime": experiment, "method": name, "seed": 0}
        self.records.append(record.make(area="radiance", **head, status=status, reason=reason))
        return self

    def seen(self, name, levels, scene="mic", experiment="equal-time"):
        """The PSNR of the first seed's test views."""
        self.rows += [(scene, experiment, name, 0, view, level) for view, level in enumerate(levels)]
        return self

    @property
    def long(self):
        """The long table."""
        return tables.collect(self.records)

    @property
    def views(self):
        """The table of test views."""
        return pd.DataFrame(self.rows, columns=VIEW_COLUMNS)


def equal_time(study, scene="mic"):
    """hash is 0.05 dB below its dense arm with 70 times fewer steps; masks add 1 dB; frequency never reaches 25 dB."""
    study.add("hash", 31.0, scene, times={25: 20.0, 28: 40.0, 30: 50.0}, queries=4.0)
    study.add("hash-hull", 32.0, scene, times={25: 10.0, 28: 20.0, 30: 40.0}, queries=2.0)
    study.add("hash-dense", 31.05, scene, times={25: 60.0, 28: 160.0}, queries=280.0)
    study.add("voxel", 30.0, scene, times={25: 5.0, 28: 10.0}, queries=5.0, parameter_count=200_000)
    return study.add("frequency", 19.0, scene, queries=280.0, density_multiply_adds_count=60_000)


def ingredients(study):
    """Left out, termination halves the speed of queries at no cost in PSNR; added to the plain one it quadruples it."""
    group = {"experiment": "ingredients"}
    study.add("hash", 31.0, times={25: 20.0, 28: 40.0}, **group)
    study.add(
        "hash-without-termination",
        31.0,
        times={25: 40.0, 28: 80.0},
        queries=8.0,
        sample_seconds=4e-6,
        **group,
    )
    study.add("hash-with-half", 30.0, times={25: 18.0}, sample_seconds=1.8e-6, **group)
    study.add("plain", 20.0, queries=40.0, sample_seconds=8e-6, **group)
    return study.add("plain-with-termination", 21.0, queries=20.0, sample_seconds=2e-6, **group)


def everything(study):
    """Both experiments, on both scenes."""
    return ingredients(equal_time(equal_time(study), "balls"))


def views_of(study, name="hash", level=31.0, spread=1.0, count=4):
    """Test views whose PSNR differ by `spread`."""
    return study.seen(name, level + spread * (np.arange(count) - (count - 1) / 2))
