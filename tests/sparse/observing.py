"""Observations that tests write by hand."""

from fieldbench.sparse.problem import Observations


def exact(index, values):
    """Values (F, O) at points (F, O), without error."""
    return Observations(index, values, 0.0 * values)


def backwards(seen):
    """The same observations in reverse order."""
    return Observations(seen.index[:, ::-1], seen.values[:, ::-1], seen.error[:, ::-1])
