"""The day's routes as lines on a map: from each technician's home over the jobs in order of time, and back."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from backend.customers import service as customers
from backend.dispatch import queries
from backend.dispatch.schemas import WaysView, WayView
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.ports import MapUnavailable, NoRoadMap, RoadMap
from backend.workforce import service as workforce
from backend.workforce.service import UnknownTerritory
from scheduling.travel import Place

Stops = Mapping[UUID, Sequence[Place]]


async def stops_of(tx: Transaction, principal: Principal, territory_id: UUID, day: date) -> Stops:
    """Where each technician goes that day, by technician. Raises UnknownTerritory."""
    if not queries.sees_territory(principal, territory_id):
        raise UnknownTerritory(id=str(territory_id))
    await workforce.territory(tx, territory_id)
    planned: dict[UUID, list[JobView]] = defaultdict(list)
    for job in await jobs.jobs_of_day(tx, territory_id, day):
        for technician_id in job.crew if job.planned_start is not None else ():
            planned[technician_id].append(job)
    people = await workforce.technicians_by_id(tx, planned)
    places = await customers.premises_by_id(tx, {job.premises_id for of_one in planned.values() for job in of_one})
    found: dict[UUID, list[Place]] = {}
    for technician_id, of_one in planned.items():
        home = Place(people[technician_id].home_latitude, people[technician_id].home_longitude)
        visited = [places[job.premises_id] for job in sorted(of_one, key=lambda job: str(job.planned_start))]
        found[technician_id] = [home, *(Place(one.latitude, one.longitude) for one in visited), home]
    return found


async def along_roads(road_map: RoadMap, stops: Stops) -> WaysView:
    """The lines; straight ones where there is no map."""
    try:
        lines = await asyncio.gather(*(road_map.way(places) for places in stops.values()))
    except (MapUnavailable, NoRoadMap):
        lines = [[(place.lon, place.lat) for place in places] for places in stops.values()]
        return WaysView(items=_views(stops, lines), on_roads=False)
    return WaysView(items=_views(stops, lines), on_roads=True)


def _views(stops: Stops, lines: Sequence[list[tuple[float, float]]]) -> list[WayView]:
    return [WayView(technician_id=one, line=line) for one, line in zip(stops, lines, strict=True)]
