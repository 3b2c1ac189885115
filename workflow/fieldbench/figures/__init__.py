"""One file per figure, each with `draw(study, **options) -> matplotlib Figure`."""
