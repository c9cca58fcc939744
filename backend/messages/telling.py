"""Telling a customer a fact of an appointment: once, on one way, with a link made for the message that carries it.

Nowhere else is a link known in clear. Who wants no messages, or left no address, is told nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import select

from backend.booking import service as booking
from backend.booking.appointments import RESCHEDULED
from backend.booking.schemas import NoticeFacts
from backend.dispatch import service as dispatch
from backend.identity import service as identity
from backend.kernel.db import Transaction
from backend.messages import browsers
from backend.messages.kinds import (
    URGENT,
    Channel,
    VisitFact,
    channel_after,
    channel_of,
    due_at,
    reminded_at,
)
from backend.messages.models import Message
from backend.messages.schemas import AppointmentNotice
from backend.messages.service import write

REMINDED_AHEAD = timedelta(hours=40)  # the afternoon before the latest window of a day


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """Of a deployment. base_url: where links point to; channels: the ways for which it has somebody who takes messages."""

    base_url: str
    channels: frozenset[Channel] = frozenset({Channel.EMAIL})


async def tell(tx: Transaction, appointment_id: UUID, office: Office, *, fact: VisitFact, number: int = 1) -> None:
    """Write the message of a fact; one row, however often it is called. Raises UnknownAppointment.

    number: of facts that an appointment may have several of, such as delays: which it is.
    """
    key = f"{fact}:{appointment_id}" + (f":{number}" if number > 1 else "")
    if await _is_told(tx, key):
        return
    facts = await booking.appointment_notice(tx, appointment_id)
    ways = await _open_ways(tx, facts, office.channels)
    channel = channel_of(fact, ways)
    if channel is None:
        return
    token = await identity.issue_link(tx, facts.job_id, facts.link_expires_at)
    await identity.prolong_links(tx, facts.job_id, facts.link_expires_at)
    await browsers.keep(tx, facts.job_id, facts.link_expires_at)
    notice = await _notice(tx, fact, facts, f"{office.base_url}/tracking/#{token}")
    await write(
        tx, fact, key, notice, channel=channel, recipient=ways[channel], due_at=due_at(fact, tx.now, facts.zone)
    )


async def tell_otherwise(tx: Transaction, message: Message, channels: frozenset[Channel]) -> bool:
    """Put a message whose way is closed for good on the next one, due at once; whether there is one.

    channels: for which the deployment has somebody.
    """
    fact = VisitFact(message.kind)
    assert message.params is not None, "what was sent is told already"
    facts = await booking.appointment_notice(tx, UUID(message.params["appointment_id"]))
    ways = await _open_ways(tx, facts, channels)
    channel = channel_after(fact, message.channel, ways)
    if channel is None:
        return False
    message.channel, message.recipient = channel, ways[channel]
    message.finish_work(again_at=tx.now)
    return True


async def tell_of_job(tx: Transaction, job_id: UUID, office: Office, *, fact: VisitFact) -> None:
    """The same for whatever appointment a job has now; none, nothing is told."""
    appointment = await booking.live_appointment(tx, job_id)
    if appointment is not None:
        await tell(tx, appointment.id, office, fact=fact)


async def tell_of_delay(tx: Transaction, job_id: UUID, office: Office) -> None:
    """The latest delay of a job, as it is expected now: an earlier one that nobody was told of yet is told with it."""
    appointment = await booking.live_appointment(tx, job_id)
    if appointment is not None:
        number = await dispatch.delays_told(tx, job_id)
        await tell(tx, appointment.id, office, fact=VisitFact.DELAYED, number=number)


async def tell_of_cancellation(tx: Transaction, appointment_id: UUID, office: Office) -> None:
    """Nobody comes. Who has another time instead hears of that one alone."""
    appointment = await booking.appointment(tx, appointment_id)
    if appointment.reason != RESCHEDULED:
        await tell(tx, appointment_id, office, fact=VisitFact.CANCELLED)


async def remind(tx: Transaction, office: Office) -> None:
    """Write the reminders that are due: of what was agreed to before the reminder's own hour, and is still to come."""
    for upcoming in await booking.confirmed_between(tx, tx.now, tx.now + REMINDED_AHEAD):
        reminder = reminded_at(upcoming.window_start, upcoming.zone)
        if upcoming.confirmed_at < reminder <= tx.now:
            await tell(tx, upcoming.appointment_id, office, fact=VisitFact.REMINDED)


async def _open_ways(tx: Transaction, facts: NoticeFacts, channels: frozenset[Channel]) -> Mapping[Channel, str]:
    """The ways that are open to this customer, with the recipient on each."""
    is_notified = await browsers.browser_of(tx, facts.job_id) is not None
    recipients = {
        Channel.EMAIL: facts.email,
        Channel.SMS: facts.phone,
        Channel.PUSH: str(facts.job_id) if is_notified else None,
    }
    return {channel: to for channel, to in recipients.items() if to is not None and channel in channels}


async def _notice(tx: Transaction, fact: VisitFact, facts: NoticeFacts, url: str) -> AppointmentNotice:
    earliest: datetime | None = None
    latest: datetime | None = None
    arrival = await dispatch.arrival_of(tx, facts.job_id) if fact in URGENT else None
    if arrival is not None:
        earliest, latest = arrival.earliest, arrival.latest
    return AppointmentNotice(
        appointment_id=facts.appointment_id,
        email=facts.email or "",
        name=facts.name,
        language=facts.language,
        window_start=facts.window_start,
        window_end=facts.window_end,
        zone=facts.zone,
        tracking_url=url,
        what=facts.what,
        where=facts.where,
        earliest=earliest,
        latest=latest,
    )


async def _is_told(tx: Transaction, key: str) -> bool:
    """Asked before a link is made for it."""
    return (await tx.session.scalars(select(Message.id).where(Message.dedup_key == key))).first() is not None
