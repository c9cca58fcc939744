"""What happened before at the premises of a job: the last visits there, and what is installed.

Asked for when somebody opens a job, and kept by the phone: in the job's document it would weigh on every first pull, and
would change with other people's jobs.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from backend.catalogue import service as catalogue
from backend.identity.principal import Principal, Role
from backend.inventory import service as inventory
from backend.jobs import queries
from backend.jobs.errors import UnknownJob
from backend.jobs.lifecycle import JobState
from backend.jobs.models import Job
from backend.jobs.recorded import records_of
from backend.jobs.schemas import MeasurementPart, PastVisit, PremisesHistory, Records
from backend.kernel.db import Transaction
from backend.workforce import service as workforce

MOST_VISITS = 5
MOST_NOTES = 3  # of one visit, the last ones
MOST_UNITS = 20
LONGEST_NOTE = 500  # characters
LIGHT_LEVEL = "light_level"
VISITED = frozenset({JobState.COMPLETED, JobState.NOT_DONE, JobState.SUSPENDED})


async def see_history(tx: Transaction, principal: Principal, job_id: UUID) -> PremisesHistory:
    """The last visits to the premises of a job before it, newest first, and what is installed there.

    A contractor's people see the visits of their own company. Raises UnknownJob, also for one that the principal may
    not see.
    """
    job = await queries.visible_job(tx, principal, job_id)
    if job is None:
        raise UnknownJob(id=str(job_id))
    earlier = await _earlier(tx, principal, job)
    recorded = await records_of(tx, [one.id for one in earlier])
    people = await workforce.technicians_by_id(tx, {one.technician_id for one in earlier if one.technician_id})
    names = {id_: one.name.split()[0] for id_, one in people.items()}
    installed = await inventory.stays_at(tx, job.premises_id)
    return PremisesHistory(
        visits=[await _visit(tx, one, recorded[one.id], names) for one in earlier],
        installed=installed[:MOST_UNITS],
    )


async def _earlier(tx: Transaction, principal: Principal, job: Job) -> Sequence[Job]:
    query = select(Job).where(
        Job.premises_id == job.premises_id, Job.id != job.id, Job.state.in_(VISITED), Job.ended_at.is_not(None)
    )
    if principal.role in (Role.CONTRACTOR_TECHNICIAN, Role.CONTRACTOR_MANAGER):
        query = query.where(Job.organisation_id == principal.organisation_id)
    return list(await tx.session.scalars(query.order_by(Job.ended_at.desc(), Job.id.desc()).limit(MOST_VISITS)))


async def _visit(tx: Transaction, job: Job, recorded: Records, names: dict[UUID, str]) -> PastVisit:
    assert job.ended_at is not None, f"job {job.number} was visited, hence has ended"
    return PastVisit(
        ended_at=job.ended_at,
        work=(await catalogue.work_specification(tx, job.work)).name,
        state=job.state,
        outcome=job.outcome,
        reason=job.reason,
        technician=names.get(job.technician_id) if job.technician_id else None,
        notes=[note.text[:LONGEST_NOTE] for note in recorded.notes[-MOST_NOTES:]],
        light_level=await _light_level(tx, job, recorded),
    )


async def _light_level(tx: Transaction, job: Job, recorded: Records) -> MeasurementPart | None:
    """As it was measured last; else as the checklist was answered, with the unit that it asks for."""
    measured = [one for one in recorded.measurements if one.name == LIGHT_LEVEL]
    if measured:
        return measured[-1]
    answer = recorded.checklist.get(LIGHT_LEVEL)
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return None
    checklist = (await catalogue.work_specification(tx, job.work)).checklist
    unit = next((item.unit for item in checklist if item.code == LIGHT_LEVEL), None)
    return MeasurementPart(name=LIGHT_LEVEL, value=float(answer), unit=unit or "dBm")
