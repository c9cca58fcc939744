"""Areas as people draw them: a ring of corners, [longitude, latitude] in WGS 84 degrees, the last joined to the first. Pure.

Within a country a degree is taken for a flat unit: whether a point is inside does not change by that, as long as no area crosses
the date line or holds a pole.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

Point = tuple[float, float]
Edge = tuple[Point, Point]


def contains(area: Sequence[Point], point: Point) -> bool:
    """Whether a point lies inside; one on the edge may count to either side.

    Source: even-odd rule, Shimrat (1962), algorithm 112, Communications of the ACM 5 (8).
    """
    east, north = point
    crossed = 0
    for (one_east, one_north), (other_east, other_north) in _edges(area):
        if (one_north > north) != (other_north > north):
            share = (north - one_north) / (other_north - one_north)
            crossed += east < one_east + share * (other_east - one_east)
    return crossed % 2 == 1


def crosses_itself(area: Sequence[Point]) -> bool:
    """Whether two of its edges meet elsewhere than at a corner that they share, as far as they cross. O(n²) for n corners."""
    return any(_cross(one, other) for one, other in combinations(_edges(area), 2))


def is_flat(area: Sequence[Point]) -> bool:
    """Whether nothing is inside: all corners lie on a line."""
    (east, north), *others = area
    return all(_turn(((east, north), one), other) == 0 for one, other in combinations(others, 2))


def _edges(area: Sequence[Point]) -> Iterator[Edge]:
    return zip(area, (*area[1:], area[0]), strict=True)


def _cross(one: Edge, other: Edge) -> bool:
    return _turn(one, other[0]) * _turn(one, other[1]) < 0 and _turn(other, one[0]) * _turn(other, one[1]) < 0


def _turn(edge: Edge, point: Point) -> float:
    """Twice the signed area of the triangle: > 0 when the point lies to the left of the edge, 0 on its line."""
    (east, north), (to_east, to_north) = edge
    return (to_east - east) * (point[1] - north) - (to_north - north) * (point[0] - east)
