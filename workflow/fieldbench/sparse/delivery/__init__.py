"""From own observations to a map with its uncertainty: methods are compared, and the best is calibrated and written."""
