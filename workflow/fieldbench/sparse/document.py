"""The source document's method: a flow on two backbones, its three fixes, its advice, and where its programs differ.

Each entry sets keys of `Spec`. The document tells of one method; its programs are three scripts that agree with it and one
another in most: `PROGRAMS` has what only some of them do. Sizes are the configuration's.

Source: the Implementation Summary, and the behaviour of the public repository that it is about.
"""

import math
from collections.abc import Collection
from dataclasses import replace
from itertools import combinations
from typing import Any

from fieldbench.sparse.spec import Spec

Keys = dict[str, Any]

# Positions span [-1, 1] there and [0, 1] here: 10 radians per unit are 20 / (2 pi) cycles of ours.
SCALE = 10 / math.pi
DROPOUT = 0.1

METHOD: Keys = {
    "objective": "flow",
    "normalise": False,
    "masks": "frozen",
    "queries": "fixed",
    "shared_queries": True,
    "reading": "joint",
    "query_path": "direct",
    "near": False,
    "time": "raw",
    "fourier_scale": SCALE,
    "learnable_frequencies": False,
    "sampler": "heun",
    "samples": 1,
    "clamp": "none",
}
OF_BACKBONE: dict[str, Keys] = {
    "mamba": {"state_space": "static", "query_path": "attention-only"},  # V1
    "transformer": {"dropout": DROPOUT},  # V2
}
FIXES: dict[int, Keys] = {
    1: {"queries": "random"},
    2: {"clamp": "unit"},
    3: {"learnable_frequencies": True},
}
FIX_SETS = tuple(chosen for size in (1, 2, 3) for chosen in combinations(FIXES, size))
ALL_FIXES = FIX_SETS[-1]
# What it says to try if the fixes do not help: 400 queries in place of 200, and 10 % of the points observed, in training.
ADVICE: dict[str, Keys] = {"more-queries": {"query_times": 2.0}, "more-observed": {"observed_times": 2.0}}
PROGRAMS: dict[str, tuple[str, Keys]] = {
    "attention-only": (
        "only what attention to the observations returns reaches the output: the script of V2, as that of V1",
        {"query_path": "attention-only"},
    ),
    "fresh-noise": (
        "the sampler gives the network fresh noise, never the state: the script of V1, and whatever compares V2 with it",
        {"sampler": "fresh-noise"},
    ),
    "timeless": (
        "the time is read and not used: the script that got the fixes, without technique 5",
        {"time": "none"},
    ),
    "aliased": (
        "frequencies are 2 pi larger, most of them beyond the grid's: the script that got the fixes",
        {"fourier_scale": 2 * math.pi * SCALE},
    ),
    "own-queries": (
        "each field has its own fixed points beside its observed ones: the scripts of V1 and V2",
        {"queries": "own"},
    ),
}


def method(spec: Spec, fixes: Collection[int] = ()) -> Spec:
    """The document's method with some of its fixes, of the backbone and sampler steps of `spec`."""
    keys = METHOD | OF_BACKBONE.get(spec.backbone["type"], {})
    for number in fixes:
        keys |= FIXES[number]
    return replace(spec, **keys)


def fix_name(fixes: Collection[int]) -> str:
    """What the design with some fixes is called."""
    return f"fixes-{'-'.join(map(str, fixes))}" if fixes else "original"


def designs(spec: Spec) -> dict[str, Spec]:
    """By name: the method before the fixes, with every set of them, after its advice, and as single programs have it.

    Of programs, those that make a difference on this backbone.
    """
    made = {fix_name(fixes): method(spec, fixes) for fixes in ((), *FIX_SETS)}
    made |= {name: replace(method(spec, ALL_FIXES), **keys) for name, keys in ADVICE.items()}
    programs = {f"original-{name}": replace(method(spec), **keys) for name, (_, keys) in PROGRAMS.items()}
    return made | {name: program for name, program in programs.items() if program != made["original"]}
