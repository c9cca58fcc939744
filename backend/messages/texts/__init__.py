"""The texts of messages about visits, a file per language of one shape."""
