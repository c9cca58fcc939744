"""Where the technician is who comes, roughly: told by the phone while on the way, shown to the customer, and then forgotten.

Of each technician the last place alone is kept, never a trail, and it is made coarse before it is kept. It counts only for
the job that the technician is on the way to.
"""

from datetime import timedelta
from math import cos, radians

from sqlalchemy import select

from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.tracking.errors import NotOnTheWay, OutsideShift
from backend.tracking.models import TechnicianPosition
from backend.tracking.schemas import PositionView, TellPosition
from backend.tracking.visits import Visit
from backend.workforce import service as workforce
from scheduling.travel import Place, great_circle_m

COARSE_M = 500  # the mesh of the net on which places are kept: a quarter of a town, no door
OFF_M = 400  # how far at most somebody is from where they are said to be, half the diagonal of a mesh and a little
FRESH = timedelta(minutes=10)  # the phone tells each minute; in traffic ten are some kilometres
METRES_A_DEGREE = 111_195.0  # of latitude, on a sphere of mean earth radius


async def tell(tx: Transaction, principal: Principal, place: TellPosition) -> None:
    """Keep where the calling technician is, instead of where they were. Raises UnknownJob, NotOnTheWay, OutsideShift."""
    job = await jobs.see_job_view(tx, principal, place.job_id)
    if job.technician_id != principal.technician_id or not await _is_on_the_way(tx, job):
        raise NotOnTheWay(job_id=str(job.id))
    await _require_shift(tx, job)
    latitude, longitude = coarse(place.latitude, place.longitude)
    told = {"job_id": job.id, "latitude": latitude, "longitude": longitude, "told_at": tx.now}
    row = tx.upsert(TechnicianPosition).values(id=tx.new_id(), technician_id=job.technician_id, **told)
    await tx.session.execute(row.on_conflict_do_update(index_elements=["technician_id"], set_=told))


async def position_of(tx: Transaction, visit: Visit) -> PositionView | None:
    """Where whoever comes was a few minutes ago; None before the way and after it, and where nobody said so lately."""
    if not await _is_on_the_way(tx, visit.job):
        return None
    query = select(TechnicianPosition).where(
        TechnicianPosition.job_id == visit.job.id,
        TechnicianPosition.technician_id == visit.job.technician_id,
        TechnicianPosition.told_at > tx.now - FRESH,
    )
    row = (await tx.session.scalars(query)).first()
    return row and _view(row, Place(visit.premises.latitude, visit.premises.longitude))


def coarse(latitude: float, longitude: float) -> tuple[float, float]:
    """The nearest knot of a net of COARSE_M. Pure; latitude -90..90, longitude -180..180, in degrees."""
    step = COARSE_M / METRES_A_DEGREE
    near = round(latitude / step) * step
    step_east = step / cos(radians(near))
    return round(near, 5), round(round(longitude / step_east) * step_east, 5)


def _view(row: TechnicianPosition, site: Place) -> PositionView:
    air_line_m = great_circle_m(Place(row.latitude, row.longitude), site)
    return PositionView(
        latitude=row.latitude,
        longitude=row.longitude,
        radius_m=OFF_M,
        distance_m=max(1, round(air_line_m / COARSE_M)) * COARSE_M,
        at=row.told_at,
        site_latitude=site.lat,
        site_longitude=site.lon,
    )


async def _is_on_the_way(tx: Transaction, job: JobView) -> bool:
    """Set out and not there yet: arriving is a time of the visit, not a state of the job."""
    if job.state is not JobState.EN_ROUTE:
        return False
    visit = await jobs.latest_visit(tx, job.id)
    return visit is not None and visit.technician_id == job.technician_id and visit.arrived_at is None


async def _require_shift(tx: Transaction, job: JobView) -> None:
    """Working time alone is the customer's business. A shift may have begun on the day before."""
    assert job.technician_id is not None, "somebody is on the way"
    day = tx.now.date()
    around = [day - timedelta(days=1), day, day + timedelta(days=1)]  # local days, whatever the zone
    shifts = await workforce.shifts(tx, around, [job.technician_id])
    if not any(shift.starts_at <= tx.now <= shift.ends_at for shift in shifts):
        raise OutsideShift()
