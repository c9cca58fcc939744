"""What `truckroll bench` measures: figures with their conditions, never a verdict in a test."""
