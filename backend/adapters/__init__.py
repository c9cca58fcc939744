"""One file per supplier, behind the Protocols of `backend/ports.py`. They know ports, not slices."""
