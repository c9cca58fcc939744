"""The subcommands of `truckroll`, by what people come for; `backend/cli.py` has the list."""
