"""Work orders and the jobs that they need: made once per cause, settled when the last job has ended."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.customers import service as customers
from backend.customers.schemas import PremisesView
from backend.identity.principal import Principal
from backend.jobs import precedence, queries
from backend.jobs.errors import UnknownWorkOrder
from backend.jobs.lifecycle import (
    ASSIGNMENT,
    ENDED,
    JOB,
    RUNNING,
    WORK_ORDER,
    JobCommand,
    JobState,
    WorkOrderCause,
    WorkOrderCommand,
    WorkOrderState,
    verdict,
)
from backend.jobs.models import Job, JobRecovery, JobSerial, Series, WorkOrder
from backend.jobs.schemas import PlaceWorkOrder, UnitPart
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import service as orders
from backend.orders.lifecycle import FulfilmentMethod, OrderState
from backend.orders.schemas import OrderView
from backend.workforce import service as workforce
from sync.operations import Outcome

ORDER_AMENDED, ORDER_CANCELLED, NOTHING_TO_FETCH = "order_amended", "order_cancelled", "nothing_to_fetch"
GONE = frozenset({OrderState.CANCELLED, OrderState.FAILED})
GIVEN_UP = frozenset({JobState.SUSPENDED, JobState.NOT_DONE, JobState.CANCELLED})
FIRST_NUMBER = 100_001  # six digits from the first on: people read them to each other


async def create_for_order(tx: Transaction, order_id: UUID) -> None:
    """One work order with one job for each kind of work that the order asks for; again, it changes nothing.

    What the technician brings of the whole order comes with its first job. Event `job.created`. Raises UnknownOrder.
    """
    order = await orders.order_view(tx, order_id)
    known = {work_order.work for work_order in await queries.work_orders_of(tx, order_id)}
    works = list(dict.fromkeys(item.work for item in order.items if item.work and item.state not in GONE))
    for index, work in enumerate(works):
        if work not in known:
            work_order = await _new_work_order(tx, WorkOrderCause.ORDER, work, order_id=order_id)
            parts = await _brought(tx, work, _goods(order) if index == 0 else {})
            await _new_job(tx, work_order, order.premises_id, parts=parts)


async def amend_for_order(tx: Transaction, order_id: UUID) -> None:
    """Bring the jobs of an order that was changed in line with it: what they bring, new work, work not needed any more.

    A job that somebody is on the way to stays as it is. Again, it changes nothing. Raises UnknownOrder.
    """
    order = await orders.order_view(tx, order_id)
    wanted = {item.work for item in order.items if item.work and item.state not in GONE}
    work_orders = await queries.work_orders_of(tx, order_id)
    for job in await queries.jobs_of_order(tx, order_id):
        if job.state is JobState.PENDING and job.work in wanted:
            if job.work_order_id == work_orders[0].id:
                job.parts = await _left_for(tx, job, await _brought(tx, job.work, _goods(order)))
        elif job.state is JobState.PENDING:
            await call_off(tx, job, ORDER_AMENDED)
    await create_for_order(tx, order_id)


async def call_off_order(tx: Transaction, order_id: UUID) -> bool:
    """The order was given up: cancel its jobs that have not started. Whether all its jobs have ended then."""
    for job in await queries.jobs_of_order(tx, order_id):
        if (job.state, JobCommand.CANCEL) in JOB.moves:
            await call_off(tx, job, ORDER_CANCELLED)
    return all(job.state in ENDED for job in await queries.jobs_of_order(tx, order_id))


async def call_off(tx: Transaction, job: Job, reason: str) -> None:
    """Cancel a job that has not started, and end the visits to it. Event `job.cancelled`. Raises IllegalMove."""
    move(tx, job, JobCommand.CANCEL, detail={"reason": reason})
    job.reason, job.ended_at = reason, tx.now
    for visit in await queries.open_visits(tx, job.id):
        visit.ended_at, visit.outcome = tx.now, JobState.CANCELLED
    await settle(tx, job.work_order_id)


async def place(tx: Transaction, principal: Principal, wanted: PlaceWorkOrder) -> WorkOrder:
    """Work for a trouble or for the plant, with its one job. Raises UnknownPremises, UnknownWork."""
    premises = await customers.see_premises(tx, principal, wanted.premises_id)
    cause = WorkOrderCause(wanted.cause)
    work_order = await _new_work_order(tx, cause, wanted.work, external_reference=wanted.external_reference)
    await _new_job(tx, work_order, premises.id, parts=await _brought(tx, wanted.work, {}), priority=wanted.priority)
    return work_order


async def place_after(tx: Transaction, job: Job, work: str) -> None:
    """Other work at the premises of a job, found to be needed there, in reference to it. Raises UnknownWork."""
    work_order = await _new_work_order(tx, WorkOrderCause.TROUBLE, work, external_reference=job.number)
    await _new_job(tx, work_order, job.premises_id, parts=await _brought(tx, work, {}), priority=job.priority)


async def place_recovery(
    tx: Transaction, premises_id: UUID, units: Sequence[UnitPart], *, work: str, order_id: UUID | None
) -> WorkOrder:
    """Fetch these units of ours from premises. order_id: the ended order that left them there, if one did.

    It is no part of that order, which has ended: whatever becomes of either moves nothing of the other.
    Event `job.created`. Raises UnknownPremises, UnknownWork.
    """
    work_order = await _new_work_order(tx, WorkOrderCause.RETURN, work, recovers_order_id=order_id)
    parts = await _brought(tx, work, {})
    await _new_job(tx, work_order, premises_id, parts=parts, to_recover=units)
    return work_order


async def leave_there(tx: Transaction, work_order_id: UUID, serial: str) -> None:
    """A unit need not be fetched any more: it leaves the jobs that nobody has begun, and those with nothing left are
    called off."""
    for job in await queries.jobs_of_work_order(tx, work_order_id):
        if (job.state, JobCommand.CANCEL) in JOB.moves and serial in {unit.serial for unit in job.to_recover}:
            job.to_recover = [unit for unit in job.to_recover if unit.serial != serial]
            if not job.to_recover:
                await call_off(tx, job, NOTHING_TO_FETCH)


async def is_open(tx: Transaction, work_order_id: UUID) -> bool:
    """Whether somebody still has this work to do, or is at it. Raises UnknownWorkOrder."""
    return (await tx.get(WorkOrder, work_order_id, UnknownWorkOrder)).state in RUNNING


async def follow_up(tx: Transaction, suspended: Job) -> Job:
    """A new pending job that goes on with a suspended one: it brings and takes out what was not put in or taken out yet."""
    work_order = await tx.get(WorkOrder, suspended.work_order_id, UnknownWorkOrder)
    installed = Counter(row.model for row in await queries.records(tx, JobSerial, [suspended.id]) if row.is_verified)
    left = {model: wanted - installed[model] for model, wanted in suspended.parts.items() if wanted > installed[model]}
    taken_out = {row.serial for row in await queries.records(tx, JobRecovery, [suspended.id]) if row.is_verified}
    there = [unit for unit in suspended.to_recover if unit.serial not in taken_out]
    job = await _new_job(
        tx, work_order, suspended.premises_id, parts=left, to_recover=there, priority=suspended.priority
    )
    job.follows_job_id = suspended.id
    await precedence.hand_on(tx, suspended.id, job.id)
    return job


async def new_visit(tx: Transaction, job: Job, *, parts: Mapping[str, int]) -> Job:
    """Another job of a job's work order, which brings these parts. Event `job.created`."""
    work_order = await tx.get(WorkOrder, job.work_order_id, UnknownWorkOrder)
    return await _new_job(tx, work_order, job.premises_id, parts=parts, priority=job.priority)


async def begin(tx: Transaction, work_order_id: UUID) -> None:
    """The first technician is on the way."""
    work_order = await tx.get(WorkOrder, work_order_id, UnknownWorkOrder, lock=True)
    if work_order.state is WorkOrderState.ACKNOWLEDGED:
        move(tx, work_order, WorkOrderCommand.BEGIN)


async def reopen(tx: Transaction, work_order_id: UUID) -> None:
    """A job of it goes on after all."""
    work_order = await tx.get(WorkOrder, work_order_id, UnknownWorkOrder, lock=True)
    if work_order.state is WorkOrderState.CANCELLED:
        move(tx, work_order, WorkOrderCommand.REOPEN)


async def settle(tx: Transaction, work_order_id: UUID) -> None:
    """End the work order when none of its jobs is still to be done."""
    await tx.flush()
    work_order = await tx.get(WorkOrder, work_order_id, UnknownWorkOrder, lock=True)
    jobs = await queries.jobs_of_work_order(tx, work_order_id)
    is_partial = any(job.outcome is Outcome.PARTIAL for job in jobs)
    command = verdict([job.state for job in jobs], is_partial=is_partial)
    if command is not None and work_order.state in RUNNING:
        move(tx, work_order, command)


async def _new_work_order(
    tx: Transaction,
    cause: WorkOrderCause,
    work: str,
    *,
    order_id: UUID | None = None,
    external_reference: str | None = None,
    recovers_order_id: UUID | None = None,
) -> WorkOrder:
    work_order = WorkOrder(
        id=tx.new_id(),
        number=await _number(tx, "W"),
        cause=cause,
        order_id=order_id,
        external_reference=external_reference,
        recovers_order_id=recovers_order_id,
        work=work,
        state=WORK_ORDER.initial,
    )
    tx.add(work_order)
    await tx.flush()
    return work_order


async def _new_job(
    tx: Transaction,
    work_order: WorkOrder,
    premises_id: UUID,
    *,
    parts: Mapping[str, int],
    to_recover: Sequence[UnitPart] = (),
    priority: int = 1,
) -> Job:
    work = await catalogue.work_specification(tx, work_order.work)
    premises = await customers.premises(tx, premises_id)
    job = Job(
        id=tx.new_id(),
        number=await _number(tx, "J"),
        work_order_id=work_order.id,
        order_id=work_order.order_id,
        account_id=premises.account_id,
        premises_id=premises.id,
        territory_id=await _territory(tx, premises),
        work=work.code,
        duration_seconds=work.duration_seconds,
        skills=work.skills,
        crew_size=work.crew_size,
        parts=dict(parts),
        to_recover=list(to_recover),
        priority=priority,
        needs_signature=work_order.cause is not WorkOrderCause.PLANT,  # no customer is there to sign
        state=JOB.initial,
        assignment=ASSIGNMENT.initial,
    )
    tx.add(job)
    outbox.record(tx, "job.created", job.id)
    await tx.flush()
    return job


async def _territory(tx: Transaction, premises: PremisesView) -> UUID:
    """The territory of the premises; the nearest one takes those that have none yet."""
    if premises.territory_id is not None:
        return premises.territory_id
    nearest = await workforce.territory_of(tx, premises.latitude, premises.longitude)
    await customers.assign_territory(tx, premises.id, nearest.id)
    return nearest.id


async def _number(tx: Transaction, prefix: str) -> str:
    """The next human number, such as J-100001; two transactions never get the same one."""
    first = tx.upsert(Series).values(prefix=prefix, last=FIRST_NUMBER)
    counted = first.on_conflict_do_update(index_elements=["prefix"], set_={"last": Series.last + 1})
    return f"{prefix}-{(await tx.session.scalars(counted.returning(Series.last))).one()}"


async def _brought(tx: Transaction, work: str, goods: Mapping[str, int]) -> dict[str, int]:
    """Model → pieces: what was sold, and what the kind of work takes besides."""
    parts = (await catalogue.work_specification(tx, work)).parts
    return dict(Counter(goods) + Counter({need.model: need.quantity for need in parts}))


async def _left_for(tx: Transaction, job: Job, brought: Mapping[str, int]) -> dict[str, int]:
    """What is brought by this visit of a work order when others bring the rest; a visit that broke off hands its parts on."""
    others = [one for one in await queries.jobs_of_work_order(tx, job.work_order_id) if one.id != job.id]
    theirs = sum((Counter(one.parts) for one in others if one.state not in GIVEN_UP), Counter[str]())
    return dict(Counter(brought) - theirs)


def _goods(order: OrderView) -> dict[str, int]:
    goods: Counter[str] = Counter()
    for item in order.items:
        if item.fulfilment is FulfilmentMethod.TECHNICIAN and item.state not in GONE:
            goods.update(item.goods)
    return dict(goods)
