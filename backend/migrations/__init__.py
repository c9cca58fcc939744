"""The schema's history, for SQLite and PostgreSQL alike. `truckroll migrate` brings a database up to date."""
