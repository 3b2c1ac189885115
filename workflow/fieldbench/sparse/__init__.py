"""Rebuilding whole fields from a few per cent of their points."""
