"""Places, travel matrices, and the estimate that is always there: great circle x circuity, with speed by distance.

Road engines live outside this library; whoever asks one hands its answer in as a `TravelMatrix`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

# Larger than any horizon, so that an unreachable leg misses every window by itself; small enough to add up in int64.
UNREACHABLE = 1_000_000_000
# The source of a figure that nobody could give; such a figure is always UNREACHABLE.
NO_SOURCE = ""
GREAT_CIRCLE = "great_circle"
# Two int64 matrices and the temporaries of this many places stay under one gigabyte.
MAX_PLACES = 5_000
EARTH_RADIUS_M = 6_371_009.0  # mean earth radius (IUGG), as geopy has it


class TravelTimesUnavailable(Exception):
    """A source of travel times cannot answer now: ask another one, or try again later."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the ground. lat, lon: degrees, WGS 84, north and east positive."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TravelMatrix:
    """Travel between n places; row = from, column = to; not always symmetric; zero diagonal.

    seconds, metres: n x n int64; UNREACHABLE where no way leads from row to column, never 0.
    sources: names of where figures come from, such as "osrm" or "great_circle".
    source_index: n x n uint8, position in `sources` of each figure's source.
    """

    seconds: NDArray[np.int64]
    metres: NDArray[np.int64]
    sources: tuple[str, ...]
    source_index: NDArray[np.uint8]

    @classmethod
    def of(cls, seconds: NDArray[np.int64], metres: NDArray[np.int64], source: str) -> "TravelMatrix":
        """A matrix whose figures all come from one source."""
        index = np.zeros(seconds.shape, dtype=np.uint8)
        return cls(seconds=seconds, metres=metres, sources=(source,), source_index=index)

    @property
    def place_count(self) -> int:
        return int(self.seconds.shape[0])

    @property
    def reachable(self) -> NDArray[np.bool_]:
        """n x n: whether a way leads from row to column."""
        return self.seconds < UNREACHABLE

    @property
    def known(self) -> NDArray[np.bool_]:
        """n x n: whether a source answered at all, were it only "unreachable"."""
        answered = np.array([source != NO_SOURCE for source in self.sources], dtype=np.bool_)
        return answered[self.source_index]

    @property
    def used_sources(self) -> tuple[str, ...]:
        """The sources that figures between different places come from, in their order."""
        between = self.source_index[~np.eye(self.place_count, dtype=np.bool_)]
        counts = np.bincount(between, minlength=len(self.sources))
        return tuple(source for source, count in zip(self.sources, counts.tolist(), strict=True) if count)

    def source(self, origin: int, destination: int) -> str:
        """The name of the source of one figure; NO_SOURCE when nobody could give it."""
        return self.sources[self.source_index.item(origin, destination)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadModel:
    """How far and how fast one drives where only the air line is known.

    circuity: road distance / air-line distance. 1.34 is the mean radial detour over 300 European cities (Mennicken, Lemoy
        and Caruso 2024, doi 10.1177/23998083231168870); by country 1.2 to 1.6 (Ballou, Rahardja and Sakai 2002,
        doi 10.1016/S0965-8564(01)00044-1); short trips wind more (Giacomin and Levinson 2015, doi 10.1068/b130131p).
    town_kmh: speed of the shortest trips: OSRM's car profile gives 20.8 km/h over the 58,000 reachable pairs of
        0.2 to 2 km drawn from the street extract of the demo.
    gain_kmh_per_km, gain_limit_km: longer trips use faster roads: town_kmh + gain x distance, up to the limit; the
        defaults reach 60 km/h at 25 km. An assumption: a road engine replaces it wherever there is one.
    """

    circuity: float = 1.34
    town_kmh: float = 20.0
    gain_kmh_per_km: float = 1.6
    gain_limit_km: float = 25.0


DEFAULT_ROADS = RoadModel()


def great_circle_m(origin: Place, destination: Place) -> float:
    """The air line between two places in metres (geopy, sphere of mean earth radius)."""
    # Here, because geopy brings every geocoder and their HTTP client along: a third of a second of each start.
    from geopy.distance import great_circle  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    return float(great_circle((origin.lat, origin.lon), (destination.lat, destination.lon)).meters)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def great_circle_matrix(
    places: Sequence[Place], depart_at: datetime | None = None, *, roads: RoadModel = DEFAULT_ROADS
) -> TravelMatrix:
    """Estimate travel between all pairs of places; every place is reachable.

    places: at most MAX_PLACES; order defines the row and column index.
    depart_at: taken so that every source has one signature; an air line knows no traffic.
    Returns whole seconds and metres. Raises ValueError above MAX_PLACES.
    """
    if len(places) > MAX_PLACES:
        raise ValueError(f"{len(places)} places exceed the limit of {MAX_PLACES}: split them by territory")
    road_m = _air_lines_m(places) * roads.circuity
    road_km = road_m / 1000
    speed_kmh = roads.town_kmh + roads.gain_kmh_per_km * np.minimum(road_km, roads.gain_limit_km)
    seconds = np.rint(road_km / speed_kmh * 3600).astype(np.int64)
    return TravelMatrix.of(seconds, np.rint(road_m).astype(np.int64), GREAT_CIRCLE)


def _air_lines_m(places: Sequence[Place]) -> NDArray[np.float64]:
    """n x n great-circle distances in metres by the haversine formula, which keeps its precision at short range."""
    lat = np.radians(np.array([place.lat for place in places], dtype=np.float64))
    lon = np.radians(np.array([place.lon for place in places], dtype=np.float64))
    half_lat = np.sin((lat[:, None] - lat[None, :]) / 2) ** 2
    half_lon = np.sin((lon[:, None] - lon[None, :]) / 2) ** 2
    chord = half_lat + np.cos(lat)[:, None] * np.cos(lat)[None, :] * half_lon
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
