"""The document's ten techniques: one file each, `apply(spec)`, and what it adds to the training."""
