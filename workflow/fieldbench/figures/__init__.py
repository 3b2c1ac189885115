"""One file per figure, each with `draw(run, **params) -> matplotlib Figure`."""
