"""The one training loop, its recipes, and what trainings leave."""
