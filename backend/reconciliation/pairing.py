"""Two sorted streams side by side, key by key: neither is ever held in memory."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TypeVar

L = TypeVar("L")
R = TypeVar("R")


def side_by_side(
    left: Iterable[L], right: Iterable[R], *, left_key: Callable[[L], int], right_key: Callable[[R], int]
) -> Iterator[tuple[list[L], list[R]]]:
    """For each key that either side has, in order: what the two have of it. Both come sorted by their keys."""
    lefts, rights = groupby(left, left_key), groupby(right, right_key)
    one, other = next(lefts, None), next(rights, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            assert one is not None
            yield list(one[1]), []
            one = next(lefts, None)
        elif one is None or other[0] < one[0]:
            yield [], list(other[1])
            other = next(rights, None)
        else:
            yield list(one[1]), list(other[1])
            one, other = next(lefts, None), next(rights, None)
