"""Every window that a customer was given: offered, confirmed, moved, kept or broken, by whose fault, and what it costs us."""
