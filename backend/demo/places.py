"""Where people live in the demo: points of the street extract that can all be reached from one another by car.

`streets/places.csv` was drawn evenly over the extract and kept to its largest set of mutually reachable points: the
extract is clipped, so that many a one-way street leads out of it for good.
"""

import csv
from functools import cache
from pathlib import Path
from random import Random

from scheduling.travel import Place

PLACES = Path(__file__).parent / "streets" / "places.csv"
NEAREST = (
    400  # places to choose from around a point: half of the extract, as a quarter of it is driven through in a minute
)


@cache
def places() -> tuple[Place, ...]:
    """All of them, in the order of the file."""
    with PLACES.open(newline="") as file:
        return tuple(Place(float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(file))


def place_near(random: Random, latitude: float, longitude: float) -> Place:
    """One of the places around a point. Degrees, WGS 84."""

    def squared_distance(place: Place) -> float:
        east = (place.lon - longitude) / 2  # a degree of longitude is half as long as one of latitude at 60° north
        return (place.lat - latitude) ** 2 + east**2

    return random.choice(sorted(places(), key=squared_distance)[:NEAREST])
