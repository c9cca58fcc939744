"""The engine: ruin and recreate in machine code. `solve` is its only door, `warm` compiles it before anybody waits.

`tables` and `routes` are the data, `ruin`, `recreate` and `couple` what is done to them, `anneal` the loop, `solving` drives it.
"""

from scheduling.search.engine import solve, warm

__all__ = ["solve", "warm"]
