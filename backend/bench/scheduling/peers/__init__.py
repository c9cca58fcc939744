"""Other people's engines, each in an environment of its own: what of a problem they can be told, and their routes."""
