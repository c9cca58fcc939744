"""Rows that a test needs but does not care about: one module per slice."""
