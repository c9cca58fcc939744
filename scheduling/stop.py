"""When does a search end, and who is told how far it is?"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seconds:
    """Stop after this much wall-clock time, > 0; the result depends on the machine."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Iterations:
    """Stop after this many solutions (reference) or ruins and recreations (search), >= 1; with the same seed, the same plan."""

    count: int


Stop = Seconds | Iterations


@dataclass(frozen=True, slots=True)
class Progress:
    """iteration: solutions so far. Of the best so far, None before the first: cost_s, the objective as the engine counts it, and
    served, how many open jobs it serves.
    """

    iteration: int
    cost_s: float | None
    served: int | None = None


# Called every few milliseconds from the thread that solves; return False to stop and keep the best plan found.
ProgressCallback = Callable[[Progress], bool]
