"""A made-up study of radiance fields whose qualities, times and queries are known by hand."""

from fieldbench import record
from fieldbench.radiance.report import page
from fieldbench.radiance.report.results import Study
from fieldbench.report import claims, tables
from fieldbench.report.tables import Key

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
    "area": "radiance",
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
    "seeds": list(SEEDS),
    "training": {"steps": 1000, "goals_db": [25, 28, 30]},
    "margins": {"psnr_db": 0.1},
    "figures": {"views": {"type": "views", "with": {"dataset": "mic", "experiment": "equal-time"}}},
    "orbits": ["mic"],
}  # fmt: skip
FACTS = {"mic": fact(), "balls": fact(title="Balls")}


class MadeUp:
    """Collects runs whose numbers a test chooses."""

    device = "cpu"

    def __init__(self):
        self.records = []

    def add(
        self,
        name,
        psnr,
        scene="mic",
        experiment="equal-time",
        seeds=SEEDS,
        queries=4.0,
        times=None,
        views=None,
        first=(),
        **metrics,
    ):
        """A method with a mean PSNR in dB; `times` by PSNR in dB until it was reached.

        Args:
            views: by how many dB each view's PSNR differs from the mean.
            first: PSNR that the first evaluation had reached.
        """
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
                "between_evaluations_seconds": 5.0,
                "occupied_fraction": 0.02,
            }
            scores |= {f"by_{goal}_db_seconds": seconds for goal, seconds in (times or {}).items()}
            scores |= {f"to_{goal}_db_seconds": times[goal] for goal in times or {} if goal not in first}
            head = {"dataset": scene, "regime": experiment, "method": name, "seed": seed}
            levels = [scores["psnr_db"] + each for each in views or ()]
            draws = {"psnr_db": {"view": levels}} if levels else {}
            ok = {"metrics": {**scores, **metrics}, "draws": draws, "provenance": {"device": self.device}}
            self.records.append(record.make(area="radiance", **head, **ok))
        return self

    def fail(self, name, reason, scene="mic", experiment="equal-time", status="failed"):
        """A run that did not end."""
        head = {"dataset": scene, "regime": experiment, "method": name, "seed": 0}
        self.records.append(record.make(area="radiance", **head, status=status, reason=reason))
        return self

    @property
    def long(self):
        """The long table."""
        return tables.collect(self.records)

    def study(self, about=ABOUT):
        """What the page and the figures rest on."""
        return Study(tables.Results(self.long), about, facts=FACTS)

    def headlines(self, about=ABOUT):
        """The page's headlines."""
        return page.headlines(self.study(about))

    def page(self, about=ABOUT):
        """The page's text, without claims."""
        return page.page(self.study(about), claims.judge([], self.study(about), "radiance"))


def key(name, scene="mic", experiment="equal-time"):
    """A run."""
    return Key(scene, experiment, name)


def with_methods(**entries):
    """What is said of the configuration, with other methods."""
    return {**ABOUT, "methods": {**ABOUT["methods"], **entries}}


def thin_methods():
    """Two systems and the dense training of each: hash-dense, and here voxel."""
    return {
        "hash": method(),
        "hash-without-termination": method("hash", without="termination", termination=False),
        "hash-dense": method(marching="dense"),
        "hash-with-distortion": method("hash", adds="distortion", distortion=0.1, least_light=0.01),
        "voxel": method(distortion=0.1, marching="dense", termination=False),
    }


def equal_time(made, scene="mic"):
    """hash is 0.05 dB below its dense arm with 70 times fewer steps; masks add 1 dB; frequency never reaches 25 dB."""
    made.add("hash", 31.0, scene, times={25: 20.0, 28: 40.0, 30: 50.0}, queries=4.0)
    made.add("hash-hull", 32.0, scene, times={25: 10.0, 28: 20.0, 30: 40.0}, queries=2.0)
    made.add("hash-dense", 31.05, scene, times={25: 60.0, 28: 160.0}, queries=280.0)
    made.add("voxel", 30.0, scene, times={25: 5.0, 28: 10.0}, queries=5.0, parameter_count=200_000,
             colour_multiply_adds_count=12)  # fmt: skip
    return made.add("frequency", 19.0, scene, queries=280.0, density_multiply_adds_count=60_000)


def ingredients(made):
    """Left out, termination halves the speed of queries at no cost in PSNR; added to the plain one it quadruples it."""
    group = {"experiment": "ingredients"}
    made.add("hash", 31.0, times={25: 20.0, 28: 40.0}, **group)
    made.add(
        "hash-without-termination",
        31.0,
        times={25: 40.0, 28: 80.0},
        queries=8.0,
        sample_seconds=4e-6,
        **group,
    )
    made.add("hash-with-half", 30.0, times={25: 18.0}, sample_seconds=1.8e-6, **group)
    made.add("plain", 20.0, queries=40.0, sample_seconds=8e-6, **group)
    return made.add("plain-with-termination", 21.0, queries=20.0, sample_seconds=2e-6, **group)


def everything(made):
    """Both experiments, on both scenes."""
    return ingredients(equal_time(equal_time(made), "balls"))
