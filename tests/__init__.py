"""Facts about behaviour, in the tree of what they are about."""
