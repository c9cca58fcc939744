"""The one table of who reacts to which event. A reaction only writes rows, and may come twice for one event."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar
from uuid import UUID

from backend.activation import service as activation
from backend.activation.lifecycle import Purpose
from backend.billing import service as billing
from backend.booking import service as booking
from backend.dispatch import service as dispatch
from backend.inventory import service as inventory
from backend.jobs import service as jobs
from backend.jobs import workorders
from backend.jobs.lifecycle import JobState, ReviewKind
from backend.kernel.db import Transaction
from backend.kernel.outbox import AtOnce, Event, Subscriber
from backend.messages import service as messages
from backend.messages import telling
from backend.messages.kinds import Channel, VisitFact
from backend.messages.telling import Office
from backend.notifications import service as notifications
from backend.orders import fulfilment
from backend.orders import service as orders
from backend.orders.lifecycle import Milestone
from backend.orders.schemas import HandedOver
from backend.promises import policy as promise_policies
from backend.promises import service as promises
from backend.returns import policy as return_policies
from backend.returns import service as returns

P = TypeVar("P")


def subscriptions(
    base_url: str,
    promise_policy: str = "none",
    *,
    return_policy: str = "none",
    channels: frozenset[Channel] = frozenset({Channel.EMAIL}),
) -> Mapping[str, Sequence[Subscriber]]:
    """Event type → the functions that react, in order.

    base_url: where a customer's link points to; promise_policy: what a broken window costs; return_policy: by when
    equipment is wanted back; channels: on which customers are told. Raises UnknownPack.
    """
    pack, return_pack = promise_policies.read_pack(promise_policy), return_policies.read_pack(return_policy)

    office = Office(base_url=base_url, channels=channels)

    def told(fact: VisitFact) -> Subscriber:
        return _by(partial(telling.tell, fact=fact), office)

    def told_of_job(fact: VisitFact) -> Subscriber:
        return _by(partial(telling.tell_of_job, fact=fact), office)

    async def credit_delay(tx: Transaction, event: Event) -> None:
        await promises.credit_delay(tx, event.subject_id, event.occurred_at, pack)

    async def expect_left_behind(tx: Transaction, event: Event) -> None:
        """Work at a cancelled job is to count for nothing: nobody will use the equipment that was put in there."""
        job = await jobs.job_of_card(tx, event.subject_id)
        if job is not None and job.state is JobState.CANCELLED:
            await returns.follow_premises(tx, job.premises_id, return_pack, order_id=job.order_id)

    follow_hold, follow_appointment = _by(promises.follow_hold, pack), _by(promises.follow_appointment, pack)
    follow_visit, credit_missed = _by(promises.follow_job, pack), _by(promises.credit_missed, pack)
    expect_of_order, expect_of_service = (
        _by(returns.follow_order, return_pack),
        _by(returns.follow_service, return_pack),
    )
    expect_again = _by(returns.reinstated, return_pack)

    async def leave_to_services(tx: Transaction, events: Sequence[Event]) -> None:
        await returns.follow_activations(tx, {event.subject_id for event in events}, return_pack)

    return {
        "order.submitted": (create_work, arm_order),
        "order.amended": (amend_work, arm_order, expect_of_order),
        "order.cancellation_accepted": (call_off_work,),
        "order.cancelled": (call_off_work, expect_of_order),
        "consignment.arrived": (conclude_order_of_consignment,),
        "consignment.returned": (conclude_order_of_consignment,),
        "hold.held": (follow_hold,),
        "hold.released": (follow_hold,),
        "hold.expired": (follow_hold,),
        "appointment.confirmed": (told(VisitFact.CONFIRMED), appoint_order, follow_appointment),
        "appointment.cancelled": (_by(telling.tell_of_cancellation, office), follow_appointment),
        "appointment.completed": (told(VisitFact.DONE), follow_appointment),
        "appointment.missed": (told(VisitFact.MISSED), follow_appointment),
        "appointment.failed": (told(VisitFact.FAILED), follow_appointment),
        "visit.delayed": (_by(telling.tell_of_delay, office),),
        "job.dispatched": (arm_job, reach_dispatch, AtOnce(notifications.tell_of_jobs)),
        "job.retimed": (AtOnce(notifications.tell_of_jobs),),
        "technician.job_withdrawn": (AtOnce(notifications.tell_of_leaving),),
        "device.revoked": (forget_phone,),
        "job.en_route": (booking.follow_job, reach_visit, told_of_job(VisitFact.ON_THE_WAY)),
        "job.arrived": (follow_visit, note_arrival),
        "job.started": (booking.follow_job, reach_visit, follow_visit, note_arrival),
        "job.completed": (
            dispatch.follow_job,
            booking.follow_job,
            record_delivery,
            start_activation,
            conclude_order,
            credit_delay,
            follow_recovery,
        ),
        "job.not_done": (dispatch.follow_job, booking.follow_job, disarm, end_order, conclude_order, follow_recovery),
        "job.suspended": (dispatch.follow_job,),
        "job.cancelled": (
            dispatch.follow_job,
            booking.follow_job,
            disarm,
            end_order,
            conclude_order,
            follow_recovery,
            AtOnce(notifications.tell_of_jobs),
        ),
        "review_card.dismissed": (expect_left_behind,),
        "promise.broken": (credit_missed,),
        "promise.restated": (take_back_credits,),
        "handover.recorded": (bill_handover,),
        "service.activated": (
            AtOnce(complete_services),
            AtOnce(start_billing),
            AtOnce(wake_dependents),
            AtOnce(leave_to_services),
        ),
        "service.suspended": (suspend_billing,),
        "service.resumed": (resume_billing, AtOnce(wake_dependents)),
        "service.changed": (change_billing,),
        "service.terminated": (stop_billing, leave_network, AtOnce(wake_dependents), expect_of_service),
        "service.cancelled": (leave_network, AtOnce(wake_dependents), expect_of_service),
        "serial_unit.recovered": (end_return,),
        "serial_unit.reinstated": (expect_again,),
        "return.expected": (ask_back,),
        "return.reminded": (remind,),
        "transfer.differed": (ask_about_transfer,),
        "stock_count.differed": (ask_about_count,),
        "activation.fallout": (ask_about_fallout,),
        "activation.rolled_back": (give_up_service, leave_network_after),
        "number.ported_out": (end_ported,),
    }


def _by(use_case: Callable[[Transaction, UUID, P], Awaitable[None]], pack: P) -> Subscriber:
    """The use case for whatever an event is about, by a policy."""

    async def react(tx: Transaction, event: Event) -> None:
        await use_case(tx, event.subject_id, pack)

    return react


async def create_work(tx: Transaction, event: Event) -> None:
    await workorders.create_for_order(tx, event.subject_id)


async def amend_work(tx: Transaction, event: Event) -> None:
    await workorders.amend_for_order(tx, event.subject_id)


async def call_off_work(tx: Transaction, event: Event) -> None:
    """The order was given up: nobody has to come who is not there already; with nobody there, it has ended."""
    if await workorders.call_off_order(tx, event.subject_id):
        await orders.conclude(tx, event.subject_id)


async def conclude_order(tx: Transaction, event: Event) -> None:
    """A job has ended: an order that waited only for that is cancelled now."""
    job = await jobs.job_view(tx, event.subject_id)
    if job.order_id is not None and await jobs.have_ended(tx, job.order_id):
        await orders.conclude(tx, job.order_id)


async def conclude_order_of_consignment(tx: Transaction, event: Event) -> None:
    """A parcel has arrived or come back: an order that waited only for that is cancelled now."""
    order_id = await orders.order_of_consignment(tx, event.subject_id)
    if await jobs.have_ended(tx, order_id):
        await orders.conclude(tx, order_id)


async def appoint_order(tx: Transaction, event: Event) -> None:
    """What the order has to pass next is due by the promised window."""
    job = await booking.appointed_job(tx, event.subject_id)
    if job.order_id is not None and job.window is not None:
        await orders.appoint(
            tx, job.order_id, window_start=job.window.start, window_end=job.window.end, at=event.occurred_at
        )


async def reach_dispatch(tx: Transaction, event: Event) -> None:
    await _reach(tx, event, Milestone.DISPATCHED)


async def reach_visit(tx: Transaction, event: Event) -> None:
    await _reach(tx, event, Milestone.VISIT_BEGAN)


async def record_delivery(tx: Transaction, event: Event) -> None:
    """What the job put in and did is handed over: goods of its order and, when no visit is to come, its labour."""
    job = await jobs.completed_job(tx, event.subject_id)
    if job.order_id is None:
        return
    goods = [
        HandedOver(model=model, quantity=len(serials), serials=list(serials))
        for model, serials in job.installed.items()
    ]
    is_last = await jobs.have_ended(tx, job.order_id)
    await fulfilment.record_job(
        tx, job.order_id, job_id=job.job_id, goods=goods, occurred_at=job.occurred_at, is_last=is_last
    )


async def arm_order(tx: Transaction, event: Event) -> None:
    await activation.arm_for_order(tx, event.subject_id)


async def arm_job(tx: Transaction, event: Event) -> None:
    await activation.arm_for_job(tx, event.subject_id)


async def disarm(tx: Transaction, event: Event) -> None:
    await activation.disarm(tx, event.subject_id)


async def start_activation(tx: Transaction, event: Event) -> None:
    """The services of the job's order run on what was installed, and those that were there on what was swapped."""
    job = await jobs.completed_job(tx, event.subject_id)
    await activation.start_for_job(tx, job)
    await activation.follow_swaps(tx, job)


async def leave_network(tx: Transaction, event: Event) -> None:
    await activation.follow_end(tx, event.subject_id, event.occurred_at)


async def wake_dependents(tx: Transaction, events: Sequence[Event]) -> None:
    await activation.wake(tx, {event.subject_id for event in events})


async def end_ported(tx: Transaction, event: Event) -> None:
    await activation.end_ported(tx, event.subject_id, event.occurred_at)


async def give_up_service(tx: Transaction, event: Event) -> None:
    """What the network does not take is no part of the order any more."""
    rolled_back = (await activation.activation(tx, event.subject_id)).activation
    if rolled_back.purpose is Purpose.ACTIVATE:
        await orders.service_refused(tx, rolled_back.service_id)


async def leave_network_after(tx: Transaction, event: Event) -> None:
    await activation.follow_rolled_back(tx, event.subject_id)


async def end_order(tx: Transaction, event: Event) -> None:
    """A job that will not be done ends what its order still waits for, unless another job goes on with it.

    Where a visit before it was completed, the order's work has ended with that one.
    """
    job = await jobs.job_view(tx, event.subject_id)
    if job.order_id is None:
        return
    done = await jobs.last_completed(tx, job.order_id)
    if done is None and await jobs.is_given_up(tx, job.order_id):
        await fulfilment.abandon(tx, job.order_id)
    elif done is not None and done.ended_at is not None and await jobs.have_ended(tx, job.order_id):
        await fulfilment.record_job(tx, job.order_id, job_id=done.id, goods=[], occurred_at=done.ended_at)


async def note_arrival(tx: Transaction, event: Event) -> None:
    await dispatch.note_arrival(tx, event.subject_id, event.occurred_at)


async def take_back_credits(tx: Transaction, event: Event) -> None:
    await promises.take_back(tx, event.subject_id)


async def follow_recovery(tx: Transaction, event: Event) -> None:
    await returns.follow_job(tx, event.subject_id)


async def end_return(tx: Transaction, event: Event) -> None:
    await returns.came_back(tx, event.subject_id, event.occurred_at)


async def ask_back(tx: Transaction, event: Event) -> None:
    """The customer is told what should come back, by when, and what it costs otherwise."""
    await _tell_of_return(tx, event, messages.RETURN_EXPECTED)


async def remind(tx: Transaction, event: Event) -> None:
    await _tell_of_return(tx, event, messages.RETURN_REMINDED)


async def forget_phone(tx: Transaction, event: Event) -> None:
    await notifications.forget_phone(tx, event.subject_id)


async def bill_handover(tx: Transaction, event: Event) -> None:
    await billing.trigger_handover(tx, event.subject_id)


async def complete_services(tx: Transaction, events: Sequence[Event]) -> None:
    await orders.services_activated(tx, {event.subject_id: event.occurred_at for event in events})


async def start_billing(tx: Transaction, events: Sequence[Event]) -> None:
    await billing.start_billing_together(tx, {event.subject_id: event.occurred_at for event in events})


async def suspend_billing(tx: Transaction, event: Event) -> None:
    await billing.suspend_billing(tx, event.subject_id, event.occurred_at)


async def resume_billing(tx: Transaction, event: Event) -> None:
    await billing.resume_billing(tx, event.subject_id, event.occurred_at)


async def change_billing(tx: Transaction, event: Event) -> None:
    await billing.change_billing(tx, event.subject_id, event.occurred_at)


async def stop_billing(tx: Transaction, event: Event) -> None:
    await billing.stop_billing(tx, event.subject_id, event.occurred_at)


async def ask_about_fallout(tx: Transaction, event: Event) -> None:
    """A service that the network refused waits for a person."""
    fallout = (await activation.activation(tx, event.subject_id)).activation
    await jobs.open_review(
        tx,
        kind=ReviewKind.FALLOUT,
        reason=str(fallout.reason),
        subject=str(fallout.service_id),
        job_id=fallout.job_id,
    )


async def ask_about_transfer(tx: Transaction, event: Event) -> None:
    """What lacked, or came unannounced, when a transfer was unpacked."""
    order = await inventory.transfer_order(tx, event.subject_id)
    params = {
        "missing": order.missing_serials,
        "missing_parts": order.missing_parts,
        "unexpected": order.unexpected,
        "unexpected_parts": order.unexpected_parts,
    }
    await jobs.ask_about_stock(
        tx, "transfer_differs", event.subject_id, at=(order.to_location_id, order.from_location_id), params=params
    )


async def ask_about_count(tx: Transaction, event: Event) -> None:
    """What a count found otherwise than the ledger said."""
    count = await inventory.stock_count(tx, event.subject_id)
    params = {
        "model": count.model,
        "expected": count.expected,
        "counted": count.counted,
        "missing": count.missing,
        "found": count.found,
        "misplaced": count.misplaced,
    }
    await jobs.ask_about_stock(tx, "count_differs", event.subject_id, at=(count.location_id,), params=params)


async def _reach(tx: Transaction, event: Event, milestone: Milestone) -> None:
    job = await jobs.job_view(tx, event.subject_id)
    if job.order_id is not None:
        await orders.reach(tx, job.order_id, milestone, event.occurred_at)


async def _tell_of_return(tx: Transaction, event: Event, kind: str) -> None:
    notice = await returns.notice(tx, event.subject_id)
    if notice is not None and notice.email is not None:
        await messages.tell_of_return(tx, kind, notice)
