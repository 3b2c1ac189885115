"""A made-up study of codecs whose rates at equal quality are known by hand.

Every codec's PSNR rises by 6 dB when its rate doubles, so that a codec of twice another's `scale` costs exactly 100 % more.
"""

import numpy as np
from fieldbench.compression.report import page
from fieldbench.compression.report.results import Study
from fieldbench.report import claims, tables

from tests.report.records import made_up

PIXELS = 24 * 32
RATES = {"p1": 0.25, "p2": 0.5, "p3": 1.0, "p4": 2.0}
OFFSETS = {"busy": 0.0, "smooth": 4.0, "plain": 2.0}  # dB, of the inputs
INPUTS = tuple(OFFSETS)
SHARES = {"e1": 1e-2, "e2": 1e-3}
PERIODS = {"d01": 0.1, "d05": 0.5, "d09": 0.9}


def quality(rate, scale=1.0):
    """PSNR in dB."""
    return 30 + 6 * np.log2(rate / scale)


def _codec(learned=True, points=None):
    own = {
        name: {"rate_weight": [1e-3 / rate, 1e-4 / rate]} if learned else 50 * rate
        for name, rate in RATES.items()
    }
    return {"description": "A codec", "learned": learned, "points": points or own}


def experiment(kind, datasets, codecs, **more):
    """An entry of the configuration."""
    return {
        "kind": kind,
        "title": kind.capitalize(),
        "answers": "Why?",
        "data": datasets,
        "methods": codecs,
        **more,
    }


def fact(**more):
    """What a page says about an input."""
    return {
        "title": "Made up", "kind": "image", "units": "1", "shape": [24, 32], "pixels": PIXELS, "channels": ["R", "G", "B"],
        "peak": 1.0, "source": "", "licence": "", "notes": ["Seed 0."], **more,
    }  # fmt: skip


ABOUT = {
    "area": "compression",
    "experiments": {
        "images": experiment(
            "rate_distortion",
            list(INPUTS),
            ["ngp-half", "shacira", "pyramid", "jpeg", "webp", "hevc"],
            reference="jpeg",
            title="Photographs",
        ),
        "quantizers": experiment(
            "rate_distortion", ["busy"], ["shacira", "shacira-ste"], reference="shacira", title="Quantizers"
        ),
        "annealing": experiment("sweep", ["busy"], ["shacira-annealing"], option="decay", title="Annealing"),
        "scaling": experiment("scaling", ["tiny", "small", "large"], ["shacira-large"], title="Size"),
        "bounded": experiment("bounded", ["sea"], ["shacira-bounded", "zfp", "sz3"], title="Bounds"),
    },
    "codecs": {
        "ngp-half": _codec(),
        "shacira": _codec(),
        "shacira-ste": _codec(),
        "shacira-annealing": _codec(points={name: {"quantizer": {"decay": value}} for name, value in PERIODS.items()}),
        "shacira-large": _codec(points={"p1": {"rate_weight": [1e-3, 1e-4]}}),
        "shacira-bounded": _codec(points={name: {"max_error_share": value} for name, value in SHARES.items()}),
        "pyramid": _codec(),
        "jpeg": _codec(learned=False),
        "webp": _codec(learned=False),
        "hevc": _codec(learned=False),
        "zfp": _codec(learned=False, points=SHARES),
        "sz3": _codec(learned=False, points=SHARES),
    },
    "document": {"codecs": ["shacira", "shacira-3d"], "baselines": ["ngp-half"], "rivals": ["hevc", "av1"]},
    "published": [{"codec": "C3", "bpp": 0.2, "psnr_db": 30.0, "source": "its authors"}],
    "seeds": [0, 1, 2],
    "margins": {"misfit_percent": 2.0, "psnr_db": 0.1, "bytes_percent": 2.0},
    "training": {"steps": 1000},
    "figures": {"curves": {"type": "rate_distortion", "with": {"experiment": "images"}}},
}  # fmt: skip
FACTS = {
    **{name: fact() for name in (*INPUTS, "tiny", "small", "large")},
    "sea": fact(kind="variable", units="degC", channels=["sst"], peak=20.0),
}


class MadeUp:
    """Collects files whose rate and quality a test chooses."""

    def __init__(self):
        self.records = []

    def file(self, codec, point, rate, psnr, dataset="busy", seed=0, learned=False, pixels=PIXELS, **metrics):
        """One file, scored."""
        scores = {
            "rate_bpp": rate,
            "file_bytes": rate * pixels / 8,
            "psnr_db": psnr,
            "ssim_score": 1 - 10 ** (-psnr / 20),
            "ms_ssim_score": 1 - 10 ** (-psnr / 15),
            "encode_seconds": 20.0 if learned else 0.5,
            "decode_seconds": 0.1,
        }
        trained = {
            "step_seconds": 0.02,
            "peak_memory_bytes": 2e6,
            "parameter_count": 1000 * rate,
            "multiply_adds_count": 700,
            "header_bytes": 12.0,
            "networks_bytes": 30.0,
            "latents_bytes": 0.5 * rate * pixels / 8,
            "level_00_bytes": 0.1 * rate * pixels / 8,
            "level_01_bytes": 0.4 * rate * pixels / 8,
            "model_entropy_bytes": 0.8 * rate * pixels / 8,
            "lambda_per_pixel_ratio": 1e-3,
            "plateau_count": 0,
            "instability_count": 0,
            "low_compression_count": 0,
        }
        return self._record(
            codec, point, dataset, seed, metrics={**scores, **(trained if learned else {}), **metrics}
        )

    def codec(self, codec, scale, datasets=INPUTS, seeds=(0,), learned=False, wobble=0.0, **metrics):
        """A curve on every input; `wobble` is how far, relatively, seeds and inputs lie apart in scale."""
        draws = {name: 1 + wobble * (index - 1) for index, name in enumerate(datasets)}
        for name, seed, (point, rate) in ((d, s, p) for d in datasets for s in seeds for p in RATES.items()):
            own = scale * draws[name] * (1 + wobble * (seed - np.mean(seeds)))
            psnr = quality(rate, own) + OFFSETS[name]
            self.file(codec, point, rate, psnr, name, seed, learned, **metrics)
        return self

    def fail(self, codec, reason, point="p1", dataset="busy", status="failed"):
        """A file that was not written."""
        return self._record(codec, point, dataset, 0, status=status, reason=reason)

    def _record(self, codec, point, dataset, seed, **rest):
        head = {"area": "compression", "dataset": dataset, "regime": point, "method": codec, "seed": seed}
        self.records.append(made_up(**head, **rest))
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
        return page.page(self.study(about), claims.judge([], self.study(about), "compression"))


def images(made, seeds=(0, 1, 2)):
    """jpeg is the reference; webp costs 0.8 of it, pyramid 0.7, SHACIRA 1.1, Instant-NGP 4.4."""
    made.codec("jpeg", 1.0).codec("webp", 0.8, wobble=0.01)
    for name, scale in {"pyramid": 0.7, "shacira": 1.1, "ngp-half": 4.4}.items():
        made.codec(name, scale, seeds=seeds, learned=True, wobble=0.001)
    return made


def quantizers(made):
    """Straight-through rounding alone costs 5 % more than annealing, and differs by seed as annealing does."""
    for seed in range(3):
        for point, rate in RATES.items():
            level = quality(rate, 1.155 * (1 + 0.001 * (seed - 1) ** 2))
            made.file("shacira-ste", point, rate, level, "busy", seed, learned=True)
    return made


def annealing(made, levels=(25.0, 26.0, 27.0)):
    """PSNR rises by 1 dB a step at about the same rate; seeds differ by 0.1 dB and 0.1 %."""
    noise = np.array([[0, 0.01, 0.02], [0.02, 0, 0.01], [0.01, 0.02, 0]])
    for (point, _), level, own in zip(PERIODS.items(), levels, noise, strict=True):
        for seed in range(3):
            rate, psnr = 0.5 + 0.05 * own[seed], level + 0.1 * seed + own[seed]
            made.file("shacira-annealing", point, rate, psnr, seed=seed, learned=True)
    return made


def scaling(made):
    """Memory grows as the pixels, time per step as their root."""
    for index, name in enumerate(("large", "tiny", "small")):
        pixels = {"tiny": 1000, "small": 10_000, "large": 100_000}[name]
        metrics = {
            "peak_memory_bytes": 50.0 * pixels,
            "step_seconds": 1e-3 * pixels**0.5,
            "encode_seconds": pixels / 100,
        }
        made.file(
            "shacira-large", "p1", 0.1 + 0.01 * index, 30.0, name, learned=True, pixels=pixels, **metrics
        )
    return made


def bounded(made):
    """At each bound zfp writes twice what sz3 does; the learned codec is smallest and does not keep the tighter bound."""
    for (point, share), rate in zip(SHARES.items(), (1.0, 2.0), strict=True):
        bound = share * 20
        files = {
            "zfp": (2 * rate, 0.5),
            "sz3": (rate, 0.99),
            "shacira-bounded": (0.5 * rate, 0.9 if point == "e1" else 1.5),
        }
        for codec, (size, reached) in files.items():
            errors = {"max_error_data": reached * bound, "rmse_data": 0.3 * bound, "spectrum_error_db": 0.1}
            learned = codec == "shacira-bounded"
            made.file(codec, point, size, 60.0, "sea", learned=learned, **errors)
    return made


def everything(made):
    """All experiments."""
    return bounded(scaling(annealing(quantizers(images(made)))))
