"""What a run is doing, for people."""
