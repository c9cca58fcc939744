"""Photos, signatures and documents: bytes named by their SHA-256, counted by who refers to them."""
