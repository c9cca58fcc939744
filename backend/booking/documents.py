"""The document "appointment": what a customer's own page shows, and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from backend.booking import queries
from backend.booking.models import Appointment
from backend.booking.schemas import AppointmentDocument, ComingTechnician
from backend.catalogue import service as catalogue
from backend.customers import service as customers
from backend.customers.schemas import PremisesView
from backend.jobs import service as jobs
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView, Window
from backend.kernel.changes import Change
from backend.kernel.db import Transaction
from backend.kernel.feed import DocumentKind, Placement, by_column
from backend.workforce import service as workforce
from backend.workforce.schemas import TechnicianView

COMING = frozenset({JobState.EN_ROUTE, JobState.STARTED})


async def place(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Placement]:
    rows = await queries.appointments_by_id(tx, ids)
    return {row.id: Placement(scopes=frozenset({f"visit:{row.job_id}"})) for row in rows}


async def render(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, AppointmentDocument]:
    rows = await queries.appointments_by_id(tx, ids)
    known = await jobs.jobs_by_id(tx, [row.job_id for row in rows])
    premises = await customers.premises_by_id(tx, [job.premises_id for job in known.values()])
    coming = [job.technician_id for job in known.values() if job.technician_id is not None and job.state in COMING]
    technicians = await workforce.technicians_by_id(tx, coming)
    works = {job.work: await catalogue.work_specification(tx, job.work) for job in known.values()}
    return {
        row.id: _document(row, job, premises[job.premises_id], works[job.work].name, technicians)
        for row in rows
        for job in [known[row.job_id]]
    }


def _document(
    row: Appointment,
    job: JobView,
    premises: PremisesView,
    what: str,
    technicians: Mapping[UUID, TechnicianView],
) -> AppointmentDocument:
    return AppointmentDocument(
        id=row.id,
        state=row.state,
        window=Window(start=row.window_start, end=row.window_end, zone=row.window_zone, local=row.window_local),
        what=what,
        city=premises.city,
        job_state=job.state,
        technician=_coming(job, technicians),
    )


def _coming(job: JobView, technicians: Mapping[UUID, TechnicianView]) -> ComingTechnician | None:
    if job.state not in COMING or job.technician_id is None:
        return None
    first_name = technicians[job.technician_id].name.partition(" ")[0]
    return ComingTechnician(first_name=first_name, eta=job.planned_start if job.state is JobState.EN_ROUTE else None)


async def _of_jobs(tx: Transaction, changes: Sequence[Change]) -> Iterable[UUID]:
    return await queries.appointments_of_jobs(tx, {change.row_id for change in changes})


APPOINTMENT = DocumentKind(
    kind="appointment",
    watches={"appointment": by_column("id"), "job": _of_jobs},
    place=place,
    render=render,
)

DOCUMENTS = (APPOINTMENT,)
