"""Figures over all slices, read only: it may look at every table and writes none."""
