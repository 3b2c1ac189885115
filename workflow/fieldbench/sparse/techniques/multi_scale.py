"""Positions described by frequencies of several octaves, a quarter of them per octave.

Source: the octaves of Mildenhall et al. 2020 (NeRF), with random directions as in Tancik et al. 2020; see
`networks._sets.FourierFeatures`.
"""

from dataclasses import replace

from fieldbench.sparse.spec import Spec


def apply(spec: Spec) -> Spec:
    """`spec` with octaves."""
    return replace(spec, multi_scale=True)
