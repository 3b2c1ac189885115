"""The flow's time sets scale and shift of the layer norms; see `networks._sets.AdaptiveNorm`.

Source: Peebles and Xie 2023, "Scalable Diffusion Models with Transformers".
"""

from dataclasses import replace

from fieldbench.sparse.spec import Spec


def apply(spec: Spec) -> Spec:
    """`spec` with adaptive norms."""
    return replace(spec, time="adaptive-norm")
