"""The visit that a link is for, read once for whatever is asked of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.booking import service as booking
from backend.booking.lifecycle import LIVE
from backend.booking.schemas import AppointmentView
from backend.customers import service as customers
from backend.customers.schemas import AccountView, PremisesView
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import UnknownJob
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.tracking.errors import ProofNeeded, UnknownVisit
from backend.tracking.schemas import Proof, VisitState

# Later than that the technician's day is packed, and a customer who thinks better of it has to call.
NOTICE = timedelta(hours=2)
STATES = {
    JobState.EN_ROUTE: VisitState.ON_THE_WAY,
    JobState.STARTED: VisitState.AT_WORK,
    JobState.COMPLETED: VisitState.DONE,
    JobState.NOT_DONE: VisitState.NOT_DONE,
    JobState.SUSPENDED: VisitState.SUSPENDED,
    JobState.CANCELLED: VisitState.CANCELLED,
}


@dataclass(frozen=True, kw_only=True)
class Visit:
    """appointment: the one that is to be kept, or was; None when no time is agreed."""

    job: JobView
    appointment: AppointmentView | None
    account: AccountView
    premises: PremisesView

    @property
    def state(self) -> VisitState:
        if self.job.state is JobState.PENDING:
            return VisitState.UNBOOKED if self.appointment is None else VisitState.AGREED
        return STATES[self.job.state]

    @property
    def proof(self) -> Proof:
        return Proof.PHONE_DIGITS if self.account.phone else Proof.POSTCODE

    @property
    def changes_until(self) -> datetime | None:
        """Until when an agreed time may be moved; None where there is none, or the visit has begun."""
        if self.state is not VisitState.AGREED or self.appointment is None:
            return None
        return self.appointment.window.start - NOTICE


async def visit_of(tx: Transaction, principal: Principal) -> Visit:
    """Raises UnknownVisit."""
    job = await _job_of(tx, principal.job_id, principal)
    appointment = await booking.latest_appointment(tx, job.id)
    is_given_up = appointment is not None and job.state is JobState.PENDING and appointment.state not in LIVE
    return Visit(
        job=job,
        appointment=None if is_given_up else appointment,
        account=await customers.account(tx, job.account_id),
        premises=await customers.premises(tx, job.premises_id),
    )


def require_proof(principal: Principal, visit: Visit) -> None:
    """Raises ProofNeeded: whoever found or stole a link knows nothing else of the customer."""
    if not principal.is_proved:
        raise ProofNeeded(proof=visit.proof)


async def _job_of(tx: Transaction, job_id: UUID | None, principal: Principal) -> JobView:
    if job_id is None:
        raise UnknownVisit()
    try:
        return await jobs.see_job_view(tx, principal, job_id)
    except UnknownJob:
        raise UnknownVisit() from None
