"""Making services run: a saga per service that configures the network, checks what it did, and tells when it ran."""
