"""Areas that people draw: what lies in them, and what nobody can mean."""

from random import Random

import pytest

from backend.workforce.areas import Point, contains, crosses_itself, is_flat

SQUARE: list[Point] = [(24.0, 60.0), (25.0, 60.0), (25.0, 61.0), (24.0, 61.0)]
HORSESHOE: list[Point] = [(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)]
BOW_TIE: list[Point] = [(0, 0), (2, 2), (2, 0), (0, 2)]


@pytest.mark.parametrize(
    ("area", "point", "is_inside"),
    [
        (SQUARE, (24.5, 60.5), True),
        (SQUARE, (23.9, 60.5), False),
        (SQUARE, (25.1, 60.5), False),
        (SQUARE, (24.5, 61.1), False),
        (HORSESHOE, (0.5, 2), True),
        (HORSESHOE, (1.5, 2), False),  # between its arms
        (HORSESHOE, (2.5, 2), True),
        (HORSESHOE, (-1, 1), False),  # in line with two corners
    ],
)
def test_a_point_is_inside_or_not(area: list[Point], point: Point, is_inside: bool):  # noqa: FBT001 - a table
    assert contains(area, point) is is_inside
    assert contains(area[::-1], point) is is_inside


def test_areas_that_share_an_edge_share_no_point():
    random = Random(7)
    west, east = [(0, 0), (1, 0.3), (0.8, 1), (0, 1)], [(1, 0.3), (2, 0), (2, 1), (0.8, 1)]
    south = [(0, 0), (2, 0), (1, 0.3)]

    for _ in range(500):
        point = (random.uniform(0, 2), random.uniform(0, 1))
        assert sum(contains(area, point) for area in (west, east, south)) == 1


def test_an_area_that_crosses_itself_is_known():
    assert crosses_itself(BOW_TIE)
    assert not crosses_itself(SQUARE)
    assert not crosses_itself(HORSESHOE)
    assert not crosses_itself([(0, 0), (1, 0), (0, 1)])


def test_corners_on_one_line_hold_nothing():
    assert is_flat([(0, 0), (1, 1), (2, 2), (3, 3)])
    assert is_flat([(1, 1), (1, 1), (1, 1)])
    assert not is_flat([(0, 0), (0, 0), (1, 1), (1, 0)])
