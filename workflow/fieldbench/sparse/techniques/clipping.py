"""Gradients of limited length, and a learning rate that rises over the first steps: see `training.recipe`.

Source: Pascanu et al. 2013; Goyal et al. 2017. The warm-up is counted in steps of the whole training.
"""

from dataclasses import replace

from fieldbench.sparse.spec import Spec

LONGEST = 1.0
WARM_UP = 0.05


def apply(spec: Spec) -> Spec:
    """`spec` with both."""
    return replace(spec, longest_gradient=LONGEST, warm_up_fraction=WARM_UP)
