"""Fields as small files: learned codecs, standard ones, and what a file costs and is worth."""
