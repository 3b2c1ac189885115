"""From collected records to tables, claims and pages."""
