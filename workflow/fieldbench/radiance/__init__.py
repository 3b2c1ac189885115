"""Radiance fields: how fast a scene is learned from its photographs, and what makes it fast."""
