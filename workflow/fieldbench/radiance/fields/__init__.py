"""What is learned of a scene: one file per type."""
