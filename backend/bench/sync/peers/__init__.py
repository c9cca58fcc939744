"""What we are measured beside, each with its own packages in a folder that git ignores, installed when it is first asked for."""
