"""Where the technicians of a day were last known to be, for the board's map: a place, how it is known, and since when."""

from datetime import date
from uuid import UUID

from backend.customers import service as customers
from backend.dispatch import queries
from backend.dispatch.schemas import WhereaboutsView, WhereaboutView
from backend.dispatch.translation import local_midnight
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.kernel.db import Transaction
from backend.workforce import service as workforce
from backend.workforce.service import UnknownTerritory


async def see(tx: Transaction, principal: Principal, territory_id: UUID, day: date) -> WhereaboutsView:
    """Of everybody with a shift that local day, by technician. Raises UnknownTerritory."""
    if not queries.sees_territory(principal, territory_id):
        raise UnknownTerritory(id=str(territory_id))
    zone = (await workforce.territory(tx, territory_id)).zone
    people = {one.id: one for one in await workforce.technicians(tx, territory_id)}
    working = sorted({shift.technician_id for shift in await workforce.shifts(tx, [day], people.keys())})
    seen = await jobs.last_seen(tx, working, local_midnight(day, zone))
    visited = await jobs.jobs_by_id(tx, {one.job_id for one in seen.values() if one.job_id})
    places = await customers.premises_by_id(tx, {job.premises_id for job in visited.values()})
    found: list[WhereaboutView] = []
    for technician_id in working:
        last = seen[technician_id]
        home, site = people[technician_id], places[visited[last.job_id].premises_id] if last.job_id else None
        found.append(
            WhereaboutView(
                technician_id=technician_id,
                source="home" if site is None else "at_job" if last.is_there else "left_job",
                latitude=site.latitude if site else home.home_latitude,
                longitude=site.longitude if site else home.home_longitude,
                at=last.at,
                job_id=last.job_id,
                heading_to=last.heading_to,
            )
        )
    return WhereaboutsView(items=found)
