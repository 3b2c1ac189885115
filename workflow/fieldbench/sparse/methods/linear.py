"""Linear interpolation on the Delaunay triangles between observations."""

from fieldbench.sparse.methods import _triangles
from fieldbench.sparse.problem import Problem


def build(problem: Problem) -> _triangles.Triangles:
    """Nothing is learned; beyond the triangles the nearest observation counts."""
    return _triangles.build(problem, "linear")
