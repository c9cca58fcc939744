"""What `truckroll bench delivery` measures: activations, the way from a completion to its callback, a million services."""
