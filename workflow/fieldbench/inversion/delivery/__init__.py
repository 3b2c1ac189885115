"""From a Stokes cube to a file with its magnetic field: a study is written, run, and its recommended field handed over."""
