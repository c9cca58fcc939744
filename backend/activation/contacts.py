"""What the network says by itself: equipment came up. It is the second witness of what was installed, and often the
first to be heard, as the technician's phone may have no signal."""

from datetime import datetime, timedelta
from uuid import UUID

from backend.activation import queries, saga
from backend.activation.errors import BadMoment, ContactWithoutPlace
from backend.activation.lifecycle import Witness
from backend.activation.models import Activation, NetworkContact
from backend.activation.planning import disagree, steps
from backend.activation.schemas import ContactVerdict, ContactView, ReportContact
from backend.activation.starting import begin, disagreement, doubt, is_waiting
from backend.catalogue.schemas import PoolKind
from backend.inventory import service as inventory
from backend.inventory.schemas import UnknownSerial, WrongSerial
from backend.jobs import service as jobs
from backend.kernel.db import Transaction
from backend.resources import service as resources
from backend.resources.schemas import ServiceView

LATE_AT_MOST = timedelta(days=31)  # longer than anything stays armed
FAST_AT_MOST = timedelta(minutes=5)  # of the network's clock before ours; it counts as now
AWAITED_AT_MOST = 500  # services in one look at the network's log: a morning's installations


async def awaited(tx: Transaction) -> list[tuple[UUID, datetime]]:
    """(service, since when) of what waits for its first contact, oldest first, at most AWAITED_AT_MOST."""
    return await queries.awaited(tx, AWAITED_AT_MOST)


async def hear(tx: Transaction, told: ReportContact) -> ContactView:
    """Take a contact once, and let it start the service that waits for it, since when it happened.

    Raises ContactWithoutPlace, BadMoment.
    """
    if not tx.now - LATE_AT_MOST <= told.occurred_at <= tx.now + FAST_AT_MOST:
        raise BadMoment(at=str(told.occurred_at), earliest=str(tx.now - LATE_AT_MOST), latest=str(tx.now))
    known = await queries.contact(tx, told.message_id)
    if known is not None:
        return _view(known)
    service = await _service_at(tx, told)
    verdict = ContactVerdict.UNKNOWN if service is None else await _judge(tx, service, told)
    contact = NetworkContact(
        id=tx.new_id(),
        message_id=told.message_id,
        service_id=service.id if service else None,
        serial=told.serial,
        port=told.port,
        occurred_at=told.occurred_at,
        recorded_at=tx.now,
        verdict=verdict,
    )
    tx.add(contact)
    await tx.flush()
    return _view(contact)


async def _service_at(tx: Transaction, told: ReportContact) -> ServiceView | None:
    """A user name is the id of its service; a port is in use by one service."""
    if told.username is not None:
        try:
            found = await resources.services_by_id(tx, [UUID(told.username)])
        except ValueError:
            return None
        return found[0] if found else None
    if told.port is None:
        raise ContactWithoutPlace(message_id=told.message_id)
    return await resources.service_using(tx, PoolKind.PORT, told.port)


async def _judge(tx: Transaction, service: ServiceView, told: ReportContact) -> ContactVerdict:
    live = (await queries.live(tx, [service.id])).get(service.id)
    if live is not None and is_waiting(live):
        return await _start(tx, live, service, told)
    latest = live or (await queries.last_succeeded(tx, [service.id])).get(service.id)
    if latest is None:
        return ContactVerdict.UNAWAITED
    if told.serial is None or not disagree(latest.equipment, told.serial):
        return ContactVerdict.AGREES
    await doubt(tx, service, scanned=latest.equipment, seen=told.serial, job_id=latest.job_id)
    return ContactVerdict.DIFFERS


async def _start(tx: Transaction, activation: Activation, service: ServiceView, told: ReportContact) -> ContactVerdict:
    """Equipment that cannot be meant for these premises starts nothing: its service waits for a person."""
    if told.occurred_at < activation.armed_at:
        return ContactVerdict.UNAWAITED
    at = min(told.occurred_at, tx.now)
    equipment = [told.serial] if told.serial else []
    if told.serial is None or await _belongs(tx, activation, service, told.serial):
        begin(tx, activation, service, equipment=equipment, effective_at=at, witness=Witness.NETWORK, job_id=None)
        return ContactVerdict.STARTED
    activation.effective_at, activation.witness = at, Witness.NETWORK
    saga.add_round(tx, activation, steps(activation.purpose, service))
    saga.fall_out(tx, activation, disagreement([], told.serial), step=None)
    return ContactVerdict.DIFFERS


async def _belongs(tx: Transaction, activation: Activation, service: ServiceView, serial: str) -> bool:
    """Whether this unit is installed at the premises, on its way there in the van of whoever has the job, or kept for the order."""
    try:
        place = (await inventory.unit(tx, serial)).location
    except (UnknownSerial, WrongSerial):
        return False
    if place.premises_id is not None:
        return place.premises_id == service.premises_id
    if activation.order_id is not None:
        kept = await inventory.reserved(tx, activation.order_id)
        if any(reservation.serial == serial for reservation in kept):
            return True
    job = await jobs.job_view(tx, activation.job_id) if activation.job_id else None
    return job is not None and place.technician_id in job.crew


def _view(contact: NetworkContact) -> ContactView:
    return ContactView(message_id=contact.message_id, verdict=contact.verdict, service_id=contact.service_id)
