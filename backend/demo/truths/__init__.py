"""Planted truths: what is wrong at the demo operator, so that there is something to find. `table` names each and where it shows.

Planted through the product's own services (`planting`) and by what its neighbours do: the network that refuses or lies, and
a billing system that loses entries (`mishaps`). The same for the same seed.
"""
