"""Letters to customers: written once per fact as a row, sent by the worker."""
