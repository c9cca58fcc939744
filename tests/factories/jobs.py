"""Jobs in every stage of their life, and a technician who works on them."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from backend.identity.principal import Principal, Role
from backend.jobs import service
from backend.jobs.answers import Asked
from backend.jobs.models import LostValue, ReviewCard, Visit
from backend.jobs.schemas import JobView, PlaceWorkOrder
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Transaction
from backend.workforce.schemas import TechnicianView
from sync.fields import Field
from sync.merge import Side
from sync.operations import ChecklistAnswer, HazardAcknowledged, Operation, Signature
from tests.factories.catalogue import INSTALL, make_catalogue
from tests.factories.customers import HOME, make_premises
from tests.factories.workforce import make_technician

SUPERVISOR = Principal(actor=SYSTEM, role=Role.SUPERVISOR)
SIGNATURE = Signature(sha256="ab" * 32, signer_name="Aino Laine")


async def make_field(tx: Transaction) -> TechnicianView:
    """The small catalogue, and a technician in a territory of their own."""
    await make_catalogue(tx)
    return await make_technician(tx)


async def make_job(
    tx: Transaction, territory_id: UUID, *, cause: Literal["trouble", "plant"] = "trouble", **premises: Any
) -> JobView:
    """A pending job of a trouble at new premises; needs the catalogue."""
    place = await make_premises(tx, territory_id=territory_id, **premises)
    wanted = PlaceWorkOrder(cause=cause, work=INSTALL.code, premises_id=place.id, external_reference="T-1")
    return (await service.place_work_order(tx, SUPERVISOR, wanted)).jobs[0]


async def make_dispatched_job(tx: Transaction, technician: TechnicianView, **premises: Any) -> JobView:
    """A job on this technician's phone, planned for an hour from now."""
    job = await make_job(tx, technician.territory_id, **premises)
    await give(tx, job.id, technician)
    return await service.job_view(tx, job.id)


async def give(tx: Transaction, job_id: UUID, technician: TechnicianView) -> None:
    """Assign the job and send it to the phone."""
    start = tx.now + timedelta(hours=1)
    await service.assign(
        tx, job_id, technician_id=technician.id, planned_start=start, planned_end=start + timedelta(minutes=90)
    )
    await service.dispatch(tx, job_id)


async def make_lost_value(tx: Transaction, job_id: UUID, technician_id: UUID) -> UUID:
    """A telephone number that the office had written and a technician found otherwise."""
    lost = LostValue(
        id=tx.new_id(),
        job_id=job_id,
        technician_id=technician_id,
        occurred_at=tx.now,
        recorded_at=tx.now,
        field=Field.PHONE,
        value="+358401112222",
        side=Side.OFFICE,
    )
    tx.add(lost)
    await tx.flush()
    return lost.id


async def do(
    tx: Transaction, job_id: UUID, technician_id: UUID, *operations: Operation, at: datetime | None = None
) -> list[str | None]:
    """Carry out operations in turn, all at one time (default now); the reasons for which they count not, or `merged`."""
    answers = [await service.perform(tx, job_id, technician_id, one, at or tx.now) for one in operations]
    return [answer.reason if isinstance(answer, Asked) else "merged" if answer else None for answer in answers]


def everything_required() -> list[Operation]:
    """What a job of this work at HOME needs before it may be completed."""
    hazards = [HazardAcknowledged(hazard=hazard) for hazard in (*INSTALL.hazards, *HOME.hazards)]
    answers = [ChecklistAnswer(item="drop", value=True), ChecklistAnswer(item="light", value=-18.5)]
    return [*hazards, *answers, SIGNATURE]


async def visits(tx: Transaction, job_id: UUID) -> list[Visit]:
    """The visits of a job, in order."""
    return list(await tx.session.scalars(select(Visit).where(Visit.job_id == job_id).order_by(Visit.id)))


async def cards(tx: Transaction, job_id: UUID) -> list[ReviewCard]:
    """The review cards of a job, open and decided."""
    return list(await tx.session.scalars(select(ReviewCard).where(ReviewCard.job_id == job_id)))
