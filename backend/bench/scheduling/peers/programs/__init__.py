"""What runs in the environments of the peers: each reads a question and writes routes, and imports nothing of ours."""
