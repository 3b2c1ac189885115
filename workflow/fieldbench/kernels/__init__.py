"""Fast forms of hot loops, each beside the plain form that it must equal."""
