"""What billing is told of each business fact, what it answered, and what was earned by it. The bill itself is not here."""
