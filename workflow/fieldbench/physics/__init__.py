"""Spectral lines, the weak-field approximation and the Milne-Eddington forward model, in numpy."""
