"""The parts of the simulator: a history drawn from a seed, phones, a bad network, an office, and what must hold.

Started by `sync.simulate`. Simulated time and one source of randomness: the same seed plays the same history.
"""
