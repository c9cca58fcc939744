"""Evidence bundles as files: written by the backend, verified by anybody, without a server."""
