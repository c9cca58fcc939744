"""Making a failing history short: delta debugging (Zeller & Hildebrandt 2002, doi 10.1109/32.988498)."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

REPLAYS_AT_MOST: Final = 600
"""Of a large world that is some minutes, of the small ones in which most faults show some seconds."""


def shrink(steps: Sequence[T], fails: Callable[[Sequence[T]], bool], *, replays: int = REPLAYS_AT_MOST) -> list[T]:
    """Return a part of failing steps that still fails, in order; without any one of them it would not.

    fails: plays some of the steps anew. The last promise holds only when `replays` were enough.
    """
    kept, size = list(steps), max(1, len(steps) // 2)
    while True:
        kept, replays, is_shorter = _without_chunks(kept, size, fails, replays)
        if replays == 0 or (size == 1 and not is_shorter):
            return kept
        size = size if is_shorter and size == 1 else max(1, min(size, len(kept)) // 2)


def _without_chunks(
    steps: list[T], size: int, fails: Callable[[Sequence[T]], bool], replays: int
) -> tuple[list[T], int, bool]:
    """Leave out each run of `size` steps whose absence changes nothing; tells whether there was one."""
    start, is_shorter = 0, False
    while start < len(steps) and replays:
        rest = steps[:start] + steps[start + size :]
        replays -= 1
        if fails(rest):
            steps, is_shorter = rest, True
        else:
            start += size
    return steps, replays, is_shorter
