"""From records to the area's page."""
