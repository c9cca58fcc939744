"""Messages to customers: written once per fact as a row, sent by the worker on the one way that is open."""
