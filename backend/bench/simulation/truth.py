"""What the database of the real service says, read without asking the code that is being proven.

Documents are placed and rendered anew from the business rows, past the feed; verdicts, facts, ledger, resources,
billing and audit are compared with one another. Invariants are numbered as in `sync.simulation.invariants`.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, exists, func, literal, select

from backend.activation.lifecycle import Witness
from backend.activation.models import Activation
from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingTrigger
from backend.catalogue.models import CpeModelRow
from backend.inventory.documents import GRAMMARS_ID
from backend.inventory.models import LocationKind, SerialUnit, StockLocation, StockMove
from backend.jobs.lifecycle import JobState
from backend.jobs.models import (
    FollowUpRequest,
    Job,
    JobFact,
    JobMeasurement,
    JobNote,
    JobPhoto,
    JobRecovery,
    JobSerial,
    JobSignature,
    Observation,
    PartConsumption,
    ReviewCard,
    SafetyRecord,
    Visit,
)
from backend.kernel.audit import AuditRow
from backend.kernel.db import Transaction
from backend.kernel.facts import Stateful
from backend.kernel.feed import FeedEntry
from backend.kernel.tables import Table
from backend.offline.models import SyncMutation
from backend.offline.verdicts import result_of
from backend.orders.models import ChargeLine
from backend.parts import FEED
from backend.resources.lifecycle import ServiceState
from backend.resources.models import ResourceAssignment, Service
from backend.workforce.models import Technician
from clients.billing.messages import Kind
from sync import clock
from sync.protocol import NEEDS_ATTENTION, JsonObject, MutationState, ReasonCode, Result
from sync.simulation.invariants import DONE, illegal_moves

ROWS = {
    "job": select(Job.id),
    "review_card": select(ReviewCard.id),
    # Hundreds of units lie in depots, where no phone hears of them.
    "serial_unit": select(SerialUnit.id).join(StockLocation).where(StockLocation.kind != LocationKind.DEPOT),
    "serial_grammars": select(literal(GRAMMARS_ID, CpeModelRow.id.type)),
    "technician": select(Technician.id),
    "van": select(StockLocation.id).where(StockLocation.kind == LocationKind.VAN),
}
RECORDS = {
    "note": JobNote,
    "measure": JobMeasurement,
    "parts_consumed": PartConsumption,
    "signature": JobSignature,
    "photo": JobPhoto,
    "safety_check_in": SafetyRecord,
    "observe": Observation,
    "follow_up": FollowUpRequest,
}


class Decided(msgspec.Struct, frozen=True):
    """The verdict on a mutation, and when that happened."""

    result: Result
    occurred_ms: int


async def documents_of(tx: Transaction, scopes: Collection[str]) -> dict[str, JsonObject]:
    """What belongs to these scopes by the business rows, by `kind/id`, as a phone would hold it."""
    documents: dict[str, JsonObject] = {}
    for name, ids in ROWS.items():
        kind = FEED.kinds[name]
        placements = await kind.place(tx, list(await tx.session.scalars(ids)))
        here = [id_ for id_, placement in placements.items() if not placement.scopes.isdisjoint(scopes)]
        for id_, body in (await kind.render(tx, here)).items():
            documents[f"{name}/{id_}"] = msgspec.json.decode(msgspec.json.encode(body))
    return documents


async def decisions(tx: Transaction) -> dict[str, Decided]:
    """The first verdict on every mutation, by uid."""
    rows = await tx.session.scalars(select(SyncMutation).where(SyncMutation.is_first))
    return {row.uid: Decided(result_of(row), clock.milliseconds(row.occurred_at)) for row in rows}


async def effects(tx: Transaction) -> list[str]:
    """Uids of what took effect: more than one first decision of a uid would be more than one effect."""
    status = SyncMutation.status.in_([*DONE, MutationState.CONFLICT])
    query = select(SyncMutation.uid).where(SyncMutation.is_first, status).order_by(SyncMutation.id)
    return list(await tx.session.scalars(query))


async def faults(tx: Transaction) -> list[str]:
    """Everything that is wrong, each with the number of its invariant."""
    return [
        *await _records(tx),
        *await _ledger(tx),
        *await _facts(tx),
        *await _billing(tx),
        *await _resources(tx),
        *await _audit(tx),
        *await _cards(tx),
        *await _feed(tx),
    ]


async def _records(tx: Transaction) -> list[str]:
    """I2: as many records as pieces of work that count; work that only was recorded may have left one, too."""
    query = select(SyncMutation.op, SyncMutation.status, func.count()).where(SyncMutation.is_first)
    counts = Counter[tuple[str, bool]]()
    for op, status, count in await tx.session.execute(query.group_by(SyncMutation.op, SyncMutation.status)):
        if status in DONE or status is MutationState.CONFLICT:
            counts[op, status in DONE] += count
    found: list[str] = []
    for op, model in RECORDS.items():
        rows = (await tx.session.scalars(select(func.count()).select_from(model))).one()
        least, most = counts[op, True], counts[op, True] + counts[op, False]
        if not least <= rows <= most:
            found.append(f"I2: {rows} rows of {op} for {least} to {most} pieces of work")
    return found


async def _ledger(tx: Transaction) -> list[str]:
    """I5: a unit is where its last move took it, every move begins where the one before ended, and one job has it."""
    places: dict[UUID, UUID] = {}
    found: list[str] = []
    moves = select(StockMove).where(StockMove.serial_unit_id.is_not(None)).order_by(StockMove.id)
    for move in await tx.session.scalars(moves):
        assert move.serial_unit_id is not None, "was asked for"
        if places.get(move.serial_unit_id) != move.from_location_id:
            found.append(f"I5: unit {move.serial_unit_id} was moved from where it was not")
        places[move.serial_unit_id] = move.to_location_id
    units = await tx.session.scalars(select(SerialUnit))
    found += [f"I5: {unit.serial} is elsewhere" for unit in units if places.get(unit.id) != unit.location_id]
    verified = select(JobSerial.serial).where(JobSerial.is_verified, ~_was_recovered()).group_by(JobSerial.serial)
    twice = await tx.session.scalars(verified.having(func.count(JobSerial.job_id.distinct()) > 1))
    return found + [f"I5: {serial} is installed at two jobs" for serial in twice]


def _was_recovered() -> ColumnElement[bool]:
    """Whether a unit came out again, so that it could be put in elsewhere."""
    return exists().where(JobRecovery.serial == JobSerial.serial, JobRecovery.is_verified)


async def _facts(tx: Transaction) -> list[str]:
    """I6: facts of a row follow one another by legal moves, and its state is where the last one led."""
    found: list[str] = []
    for model in _stateful():
        legal = {(str(state), str(move.to)) for (state, _), move in model.lifecycle.moves.items()}
        states: dict[UUID, str] = {}
        for fact in await tx.session.scalars(select(model.facts).order_by(model.facts.id)):
            before = states.get(fact.subject_id, str(model.lifecycle.initial))
            if fact.from_state != before or (fact.from_state, fact.to_state) not in legal:
                found.append(
                    f"I6: {model.lifecycle.name} {fact.subject_id}: {before}, {fact.from_state} → {fact.to_state}"
                )
            states[fact.subject_id] = fact.to_state
        for id_, state in await tx.session.execute(select(model.id, model.state)):
            if str(state) != states.get(id_, str(model.lifecycle.initial)):
                found.append(f"I6: {model.lifecycle.name} {id_} is {state}, its facts say {states.get(id_)}")
    jobs = await tx.session.execute(select(JobFact.from_state, JobFact.to_state))
    # Arriving is a fact and no move.
    return found + list(illegal_moves((row.from_state, row.to_state) for row in jobs if row.from_state != row.to_state))


def _stateful() -> Iterator[Any]:
    return (model for model in Stateful.__subclasses__() if getattr(model, "metadata", None) is Table.metadata)


async def _billing(tx: Transaction) -> list[str]:
    """I7: one start of a bill for each service that runs, no other; I9: dated between arrival and receipt."""
    services = {service.id: service for service in await tx.session.scalars(select(Service))}
    lines = await tx.session.scalars(select(ChargeLine).where(ChargeLine.service_id.is_not(None)))
    billed = {line.service_id for line in lines}
    starts = defaultdict[UUID | None, list[BillingTrigger]](list)
    told = BillingTrigger.state != TriggerState.SUPERSEDED
    for trigger in await tx.session.scalars(select(BillingTrigger).where(BillingTrigger.kind == Kind.START, told)):
        starts[trigger.service_id].append(trigger)
    running = {id_ for id_, service in services.items() if service.state is ServiceState.ACTIVE}
    found = [
        f"I7: service {id_} runs, its bill began {len(starts[id_])} times"
        for id_ in running & billed
        if len(starts[id_]) != 1
    ]
    found += [f"I7: the bill of service {id_} began, which never ran" for id_ in starts.keys() - running]
    ended = select(Visit).where(Visit.outcome == JobState.COMPLETED, ~Visit.is_beside)
    visits = {visit.job_id: visit for visit in await tx.session.scalars(ended)}
    started = select(Activation).where(Activation.witness == Witness.FIELD)
    for activation in await tx.session.scalars(started):
        assert activation.job_id is not None, "the witness was a visit"
        visit = visits[activation.job_id]
        for start in starts[activation.service_id]:
            assert visit.arrived_at is not None, "a completed visit has begun"
            if not visit.arrived_at <= start.effective_at <= start.recorded_at:
                found.append(f"I9: the bill of {activation.service_id} begins at {start.effective_at}")
    return found


async def _resources(tx: Transaction) -> list[str]:
    """I8: no resource and no serial is in use by two."""
    live = select(ResourceAssignment.resource_id).where(ResourceAssignment.released_at.is_(None))
    twice = await tx.session.scalars(live.group_by(ResourceAssignment.resource_id).having(func.count() > 1))
    found = [f"I8: resource {id_} serves two services" for id_ in twice]
    orders: dict[str, UUID] = {}
    for activation in await tx.session.scalars(select(Activation)):
        order_id = activation.order_id
        assert order_id is not None, "every activation of a simulation is of an order"
        others = [serial for serial in activation.equipment if orders.setdefault(serial, order_id) != order_id]
        found += [f"I8: {serial} serves two orders" for serial in others]
    return found


async def _audit(tx: Transaction) -> list[str]:
    """I12: every move of a job has its row in the audit, by the same actor at the same time."""
    query = select(AuditRow.subject_id, AuditRow.at, AuditRow.actor_id).where(AuditRow.subject_kind == "job")
    audited = {(row.subject_id, row.at, row.actor_id) for row in await tx.session.execute(query)}
    facts = await tx.session.scalars(select(JobFact))
    return [
        f"I12: {fact.command} of job {fact.subject_id} is not in the audit"
        for fact in facts
        if (str(fact.subject_id), fact.recorded_at, fact.actor_id) not in audited
    ]


async def _cards(tx: Transaction) -> list[str]:
    """I14: of work that was not simply done the dispatcher has a card: of its job, or one that names it."""
    cards = (await tx.session.scalars(select(ReviewCard))).all()
    told = {str(card.job_id) for card in cards} | {uid for card in cards for uid in card.mutations}
    query = select(SyncMutation).where(SyncMutation.is_first, SyncMutation.status.in_(NEEDS_ATTENTION))
    return [
        f"I14: no card tells of {row.uid}, {row.op} at job {row.document_id}: {row.status} ({row.code})"
        for row in await tx.session.scalars(query)
        if told.isdisjoint((row.document_id, row.uid)) and row.code != ReasonCode.NOT_FOUND
    ]


async def _feed(tx: Transaction) -> list[str]:
    """I3: the feed has every document where the business rows place it, and nowhere else."""
    entries = await tx.session.scalars(select(FeedEntry).where(FeedEntry.op == "put"))
    fed = {(entry.kind, entry.id, entry.scope) for entry in entries if entry.kind in ROWS}
    placed: set[tuple[str, UUID, str]] = set()
    for name, ids in ROWS.items():
        placements = await FEED.kinds[name].place(tx, list(await tx.session.scalars(ids)))
        placed |= {(name, id_, scope) for id_, placement in placements.items() for scope in placement.scopes}
    return [f"I3: {kind}/{id_} is not fed as it is placed in {scope}" for kind, id_, scope in fed ^ placed]
