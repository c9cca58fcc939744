"""The Python device: a technician's phone as a library, with a durable outbox and the replica of `sync`."""
