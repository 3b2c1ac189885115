"""Figures of the area, one file each."""
