"""`truckroll bench web`: what the web clients take, measured in a real browser."""
