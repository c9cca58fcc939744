"""What the network runs, held against what billing bills: every difference is found, named and priced."""
