"""`truckroll simulate`: the simulator of `sync`, on the server in memory or on the real service over a database."""
