"""Work that two people do together, and the two."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.catalogue.schemas import WorkSpecification
from backend.jobs import service as jobs
from backend.jobs.schemas import JobView, PlaceWorkOrder
from backend.kernel.db import Transaction
from backend.workforce.schemas import TechnicianView
from tests.factories.customers import make_premises
from tests.factories.jobs import SUPERVISOR, make_field
from tests.factories.workforce import make_shift, make_technician

PULL = WorkSpecification(code="PULL", name="Pull a drop cable", duration_seconds=3600, crew_size=2)


@dataclass(frozen=True)
class Pair:
    """lead, helper, other: technicians of one territory."""

    lead: TechnicianView
    helper: TechnicianView
    other: TechnicianView

    @property
    def territory_id(self) -> UUID:
        return self.lead.territory_id


async def make_pair(tx: Transaction) -> Pair:
    """The small catalogue with a kind of work for two, and three technicians."""
    lead = await make_field(tx)
    await catalogue.add_work_specification(tx, PULL)
    also = {"territory_id": lead.territory_id, "organisation_id": lead.organisation_id}
    helper = await make_technician(tx, name="Liisa Koski", home_latitude=60.1710, **also)
    return Pair(lead, helper, await make_technician(tx, name="Onni Salo", home_latitude=60.1720, **also))


async def make_pull(tx: Transaction, territory_id: UUID, **premises: Any) -> JobView:
    """A pending job for two, at new premises."""
    place = await make_premises(tx, territory_id=territory_id, **premises)
    wanted = PlaceWorkOrder(cause="plant", work=PULL.code, premises_id=place.id, external_reference="P-1")
    return (await jobs.place_work_order(tx, SUPERVISOR, wanted)).jobs[0]


async def give_to_pair(tx: Transaction, job_id: UUID, lead: TechnicianView, helper: TechnicianView) -> None:
    """Assign the job to the two, for an hour from now, and send it to their phones."""
    start = tx.now + timedelta(hours=1)
    await jobs.assign(
        tx,
        job_id,
        technician_id=lead.id,
        helper_ids=[helper.id],
        planned_start=start,
        planned_end=start + timedelta(hours=1),
    )
    await jobs.dispatch(tx, job_id)


async def make_day(tx: Transaction, pulls: int = 1) -> tuple[Pair, list[JobView]]:
    """The three with a shift each, and pulls that nobody has, on a line to the north-east."""
    pair = await make_pair(tx)
    for technician in (pair.lead, pair.helper, pair.other):
        await make_shift(tx, technician.id)
    places = [{"latitude": 60.171 + 0.003 * n, "longitude": 24.941 + 0.006 * n} for n in range(pulls)]
    return pair, [await make_pull(tx, pair.territory_id, **place) for place in places]
