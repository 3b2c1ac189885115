"""Coordinate encodings; one file per kind of mathematics, each with `build(in_dim, **params)`."""
