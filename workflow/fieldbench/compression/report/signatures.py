"""Signatures of failure that the document names, counted over trainings."""

import numpy as np

from fieldbench.compression.report.along import counts, share_text
from fieldbench.compression.report.results import Study
from fieldbench.report.formatting import ABSENT, table

SIGNATURES = {  # with what the document says of each
    "plateau_count": "PSNR plateaus early: too little regularization or too few latents",
    "instability_count": "training is unstable: annealing too aggressive or noisy gradients of the rounding",
    "low_compression_count": "compression ratio is low: entropy weighed too little or latents of too many dimensions",
}


def signature_table(study: Study) -> str:
    """How many runs of each learned codec show a signature, with exact intervals of the share; empty without runs."""
    diagnosed = [key for key in study.results.keys if study.results.measured([key], SIGNATURES)]
    rows = [
        [f"**{codec}**", *(_count_text(study, codec, metric) for metric in SIGNATURES)]
        for codec in dict.fromkeys(key.method for key in diagnosed)
    ]
    return table(["Codec", *(f"{text} [95 %]" for text in SIGNATURES.values())], rows) if rows else ""


def _count_text(study: Study, codec: str, metric: str) -> str:
    keys = [key for key in study.results.keys if key.method == codec and study.results.has(key, metric)]
    found = counts(flag for key in keys for flag in np.atleast_1d(study.results.draws(key, metric)))
    return share_text(found) if found[1] else ABSENT
