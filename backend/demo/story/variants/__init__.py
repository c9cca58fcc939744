"""Variants of the story: what else happens between an order and a bill. Each is a row of steps, played as the story is."""
