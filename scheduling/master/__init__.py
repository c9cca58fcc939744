"""CP-SAT chooses routes out of a pool, with all that couples them: `choose.choose`. Pure like the rest of the library."""
