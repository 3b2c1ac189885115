"""How jobs run: locks, GPU slots, progress, limits. Nothing here changes a number, so no fingerprint includes it."""
