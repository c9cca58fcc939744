"""The demo operator: its data, its processes, and the acceptance story that is played on them."""
