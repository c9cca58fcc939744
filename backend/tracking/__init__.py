"""The customer's view of one appointment, by the link of a letter."""
