"""Errors of fields, and statistics over seeds."""
