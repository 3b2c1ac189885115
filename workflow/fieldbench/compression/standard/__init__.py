"""Codecs that are not trained, one file each, with `build(**options) -> Standard`."""
