"""fieldbench: which neural field fits a scientific data set, how sure that is, and what it costs."""
