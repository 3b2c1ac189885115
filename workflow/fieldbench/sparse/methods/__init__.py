"""Methods that rebuild fields: one file each, `build(problem, **params)`."""
