"""What each part of the codec `pyramid` is worth: `python bench/pyramid.py DATA_ROOT [section ...]`.

Photographs of Kodak's, reduced to a quarter along each side, each by the default and by the default with one option changed.
`percent` is how many more bytes the change takes at equal cost, to first order: the difference of the costs, distortion
plus weighted rate, over the weighted rate of the default. One training each: differences
of a per cent may be those of another seed.
"""

import math
import sys
from typing import Any

import torch
from fieldbench.compression import codec, field
from fieldbench.compression.codecs import pyramid
from fieldbench.datasets import kodak
from measure import Table, write

COLUMNS = (
    *("area", "benchmark", "size", "variant", "percent", "rate_bpp", "psnr_db", "cost_db", "networks_bytes"),
    *("finish_ratio", "finish_db", "train_seconds", "device"),
)
NUMBERS, REDUCE, STEPS, WEIGHT = (14, 20), 4, 1000, 2e-3
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "hard rounding from 90 %": {"schedule": "early"},
    "annealing of C3": {"schedule": "c3"},
    "weights rounded after training": {"quantized_from": 1.0},
    "latents not refined": {"refined": False},
    "hidden layers of 16": {"hidden": 16},
    "context of 8": {"context": 8},
    "context of 14": {"context": 14},
    "twice the learning rate": {"learning_rate": 2e-2},
    "half the learning rate": {"learning_rate": 5e-3},
}


def parts(root: str, table: Table) -> None:
    """Each variant on each photograph."""
    for number in NUMBERS:
        photograph = kodak.load(number=number, reduce=REDUCE, data_root=root, download=False)
        truth = field.from_dataset(photograph)
        size = f"kodim{number:02d}, " + " x ".join(map(str, truth.shape[::-1]))
        reference: dict[str, float] = {}
        for variant, options in VARIANTS.items():
            found = measured(truth, options)
            reference = reference or found
            percent = 100 * (found["cost"] - reference["cost"]) / (WEIGHT * reference["rate_bpp"])
            table.add("parts", size, variant, percent=percent, **found)
            table.save()


def measured(truth: field.Field, options: dict[str, Any]) -> dict[str, float]:
    """Columns of one training, and its cost."""
    chosen = pyramid.build(steps=STEPS, rate_weight=WEIGHT, **options)
    encoded = chosen.encode(truth, seed=0, device=torch.device("cpu"))
    rate, psnr = (
        codec.bits_per_pixel(encoded.data, truth),
        codec.psnr_db(truth, codec.decode(encoded.data)),
    )
    cost = 10 ** (-psnr / 10) + WEIGHT * rate
    kept = {name: encoded.measures[name] for name in COLUMNS if name in encoded.measures}
    cost_db = 10 * math.log10(cost)
    return {"rate_bpp": rate, "psnr_db": psnr, "cost_db": cost_db, "cost": cost, **kept}


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python bench/pyramid.py DATA_ROOT [section ...]")
    root = sys.argv.pop(1)
    write("pyramid", {1: {"parts": lambda table: parts(root, table)}}, COLUMNS)
