"""The one training loop and its schedules."""
