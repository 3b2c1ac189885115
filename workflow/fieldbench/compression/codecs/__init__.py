"""Learned codecs: one file per type, each with `build(**options)`."""
