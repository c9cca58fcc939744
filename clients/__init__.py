"""Everything that talks to truckroll from outside: web clients, the Python device, the reference billing receiver."""
