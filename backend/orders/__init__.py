"""What was bought: placed with everything reserved, decomposed, handed over, settled. It knows no job."""
