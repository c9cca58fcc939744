"""Travel estimates: distances agree with geopy, speed grows with distance, and every figure knows its source."""

from dataclasses import replace

import numpy as np
import pytest

from scheduling import (
    GREAT_CIRCLE,
    NO_SOURCE,
    UNREACHABLE,
    Place,
    RoadModel,
    TravelMatrix,
    great_circle_m,
    great_circle_matrix,
)

PLACES = [Place(60.1699, 24.9384), Place(60.18, 24.9384), Place(60.2055, 24.6559), Place(-33.9, 151.2), Place(0, 179.9)]


def test_matrix_distances_are_geopys_times_the_circuity() -> None:
    metres = great_circle_matrix(PLACES, roads=RoadModel(circuity=1.0)).metres

    for row, origin in enumerate(PLACES):
        for column, destination in enumerate(PLACES):
            assert metres[row, column] == pytest.approx(great_circle_m(origin, destination), abs=1)


def test_longer_trips_are_faster() -> None:
    matrix = great_circle_matrix(PLACES)
    short_kmh, long_kmh = (3.6 * matrix.metres[0, to] / matrix.seconds[0, to] for to in (1, 2))

    assert 20 < short_kmh < 24
    assert 45 < long_kmh < 60


def test_nowhere_is_far_from_itself_and_nothing_is_unreachable() -> None:
    matrix = great_circle_matrix(PLACES)

    assert not np.diagonal(matrix.seconds).any()
    assert matrix.reachable.all()
    assert matrix.source(0, 1) == GREAT_CIRCLE


def test_a_figure_that_nobody_gave_is_not_known() -> None:
    seconds = np.array([[0, UNREACHABLE], [5, 0]], dtype=np.int64)
    matrix = replace(
        TravelMatrix.of(seconds, seconds, "osrm"),
        sources=("osrm", NO_SOURCE),
        source_index=np.array([[0, 1], [0, 0]], dtype=np.uint8),
    )

    assert matrix.known.tolist() == [[True, False], [True, True]]
    assert matrix.reachable.tolist() == [[True, False], [True, True]]


def test_no_places_make_an_empty_matrix() -> None:
    assert great_circle_matrix([]).place_count == 0


def test_only_sources_that_some_figure_comes_from_are_told() -> None:
    figures = np.array([[0, 5, 9], [5, 0, 9], [9, 9, 0]], dtype=np.int64)
    index = np.array([[0, 2, 2], [2, 0, 1], [2, 1, 0]], dtype=np.uint8)
    matrix = TravelMatrix(seconds=figures, metres=figures, sources=("map", NO_SOURCE, "air"), source_index=index)

    assert matrix.used_sources == (NO_SOURCE, "air")
    assert TravelMatrix.of(figures, figures, "map").used_sources == ("map",)
