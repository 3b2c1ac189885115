"""Residual branches left out at random in training: see `networks._sets.StochasticDepth`.

Source: Huang et al. 2016, "Deep Networks with Stochastic Depth".
"""

from dataclasses import replace

from fieldbench.sparse.spec import Spec

DROP = 0.1


def apply(spec: Spec) -> Spec:
    """`spec` with this probability."""
    return replace(spec, drop=DROP)
