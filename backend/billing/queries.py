"""Reads of billing: streams under lock, triggers by fact, by service and in pages, and what was earned."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select, text, union_all, update

from backend.billing.lifecycle import EarnedState, TriggerState
from backend.billing.models import (
    BillingFeed,
    BillingFeedRepeat,
    BillingKey,
    BillingStream,
    BillingTrigger,
    EarnedTrigger,
    EarnedTriggerFact,
)
from backend.catalogue.schemas import EarnedPolicy
from backend.kernel.db import Transaction
from backend.kernel.statements import Insertion, among

AT_ONCE = 1000  # ids in one statement: both databases have a limit on parameters
BULK = {"synchronize_session": False}
UNDER_WAY = (TriggerState.PENDING, TriggerState.SENT, TriggerState.DELIVERED)
STANDING = (EarnedState.UNEARNED, EarnedState.EARNED)
_OPEN = Insertion(BillingStream.__table__, lambda insert: insert.on_conflict_do_nothing(index_elements=["id"]))
_NEW_STREAM = dict.fromkeys(BillingStream.__table__.c.keys()) | {"last": 0, "attempts": 0}


def _unless_it_waits(insert: Any) -> Any:
    return insert.on_conflict_do_nothing(index_elements=["trigger_id"], index_where=text("position IS NULL"))


_REPEAT = Insertion(BillingFeedRepeat.__table__, _unless_it_waits)


async def lock_stream(tx: Transaction, stream_id: UUID) -> BillingStream:
    """The stream, made if it is new, locked until the commit: its triggers are written one after the other."""
    new = tx.upsert(BillingStream).values(id=stream_id, last=0, attempts=0)
    same = new.on_conflict_do_update(index_elements=["id"], set_={"last": BillingStream.last})  # which locks it
    found = await tx.session.scalars(same.returning(BillingStream), execution_options={"populate_existing": True})
    return found.one()


async def open_streams(tx: Transaction, stream_ids: Collection[UUID]) -> list[BillingStream]:
    """These streams, those that are new made, locked until the commit in the order of their ids."""
    await tx.put(_OPEN, *(_NEW_STREAM | {"id": stream_id} for stream_id in sorted(stream_ids)))
    return await lock_streams(tx, stream_ids)


async def lock_streams(tx: Transaction, stream_ids: Collection[UUID]) -> list[BillingStream]:
    """These streams, locked in the order of their ids, so that two who lock several do not wait for one another."""
    query = select(BillingStream).where(among(BillingStream.id, stream_ids)).order_by(BillingStream.id)
    return list(await tx.session.scalars(query.with_for_update(), execution_options={"populate_existing": True}))


async def streams_of(tx: Transaction, trigger_ids: Collection[UUID]) -> set[UUID]:
    """The streams of these triggers. Nothing is locked; a trigger stays in its stream."""
    return set(await tx.session.scalars(select(BillingTrigger.stream_id).where(among(BillingTrigger.id, trigger_ids))))


async def latest_of_fact(tx: Transaction, fact_key: str) -> BillingTrigger | None:
    """The trigger that says last what is known of a fact. Read only: whoever locks it here, and then its stream, may wait
    for somebody who has the stream and waits for the trigger."""
    return (await tx.session.scalars(_of_fact(fact_key))).first()


async def known_facts(tx: Transaction, fact_keys: Collection[str]) -> set[str]:
    """Those of these facts that a trigger tells of."""
    return set(
        await tx.session.scalars(select(BillingTrigger.fact_key).where(among(BillingTrigger.fact_key, fact_keys)))
    )


async def lock_latest_of_fact(tx: Transaction, fact_key: str) -> BillingTrigger | None:
    """The same, locked: nobody sends it meanwhile. Its stream is locked already."""
    query = _of_fact(fact_key).with_for_update()
    return (await tx.session.scalars(query, execution_options={"populate_existing": True})).first()


async def correction(tx: Transaction, correction_id: UUID) -> BillingTrigger | None:
    query = select(BillingTrigger).where(BillingTrigger.correction_id == correction_id)
    return (await tx.session.scalars(query)).first()


async def latest_of_stream(tx: Transaction, stream_id: UUID) -> list[BillingTrigger]:
    """Of each fact of a stream the trigger that says last what is known of it, in the order of the facts."""
    query = select(BillingTrigger).where(BillingTrigger.stream_id == stream_id)
    rows = await tx.session.scalars(query.order_by(BillingTrigger.sequence, BillingTrigger.revision))
    return list({row.fact_key: row for row in rows}.values())


async def lock_due(tx: Transaction, stream_ids: Collection[UUID], *, limit: int) -> list[BillingTrigger]:
    """Triggers of these streams that are to be told, stream by stream, each in its sequence."""
    query = select(BillingTrigger).where(among(BillingTrigger.stream_id, stream_ids), BillingTrigger.is_due)
    query = query.order_by(BillingTrigger.stream_id, BillingTrigger.sequence).limit(limit)
    return list(await tx.session.scalars(query.with_for_update(), execution_options={"populate_existing": True}))


async def lock_feed(tx: Transaction) -> BillingFeed:
    """The feed's counter, made if it is new, locked until the commit."""
    new = tx.upsert(BillingFeed).values(singleton=1, last=0)
    await tx.session.execute(new.on_conflict_do_nothing(index_elements=["singleton"]))
    return await tx.session.get_one(BillingFeed, 1, with_for_update=True, populate_existing=True)


async def lock_unnumbered(tx: Transaction, *, limit: int) -> list[BillingTrigger]:
    """Triggers that have no position yet, oldest first; what was superseded before anybody heard of it gets none."""
    waits = BillingTrigger.position.is_(None) & (BillingTrigger.state != TriggerState.SUPERSEDED)
    query = select(BillingTrigger).where(waits).order_by(BillingTrigger.id).limit(limit)
    return list(await tx.session.scalars(query.with_for_update(), execution_options={"populate_existing": True}))


async def lock_unnumbered_repeats(tx: Transaction, *, limit: int) -> list[BillingFeedRepeat]:
    """What is asked for once more and has no position yet, in the order in which it was asked for."""
    query = select(BillingFeedRepeat).where(BillingFeedRepeat.position.is_(None)).order_by(BillingFeedRepeat.id)
    return list(await tx.session.scalars(query.limit(limit).with_for_update()))


async def repeat_in_feed(tx: Transaction, trigger_ids: Sequence[UUID]) -> None:
    """Let these come in the feed once more, in this order. What it never had, or is still to have again, comes anyway."""
    for some in batched(trigger_ids):
        query = select(BillingTrigger.id).where(BillingTrigger.id.in_(some), BillingTrigger.position.is_not(None))
        had = set(await tx.session.scalars(query))
        rows = [
            {"id": tx.new_id(), "trigger_id": one, "asked_at": tx.now, "position": None} for one in some if one in had
        ]
        await tx.put(_REPEAT, *rows)


async def feed_behind(tx: Transaction, position: int, *, limit: int) -> list[tuple[int, BillingTrigger]]:
    """(position, trigger) of what comes behind a position, first or once more; the triggers locked."""
    first = select(BillingTrigger.position.label("position"), BillingTrigger.id.label("trigger_id"))
    again = select(BillingFeedRepeat.position, BillingFeedRepeat.trigger_id)
    behind = union_all(
        first.where(BillingTrigger.position > position), again.where(BillingFeedRepeat.position > position)
    )
    places = (await tx.session.execute(behind.order_by("position").limit(limit))).all()
    triggers = {row.id: row for row in await lock_triggers(tx, {place.trigger_id for place in places})}
    return [(place.position, triggers[place.trigger_id]) for place in places]


async def lock_triggers(tx: Transaction, trigger_ids: Collection[UUID]) -> list[BillingTrigger]:
    """These triggers, locked stream by stream in their sequence."""
    query = select(BillingTrigger).where(among(BillingTrigger.id, trigger_ids))
    query = query.order_by(BillingTrigger.stream_id, BillingTrigger.sequence)
    return list(await tx.session.scalars(query.with_for_update(), execution_options={"populate_existing": True}))


async def first_due(tx: Transaction, stream_ids: Collection[UUID]) -> dict[UUID, int]:
    """Stream → the first number in it that is to be told; streams with nothing to tell are left out."""
    columns = select(BillingTrigger.stream_id, func.min(BillingTrigger.sequence))
    due = columns.where(among(BillingTrigger.stream_id, stream_ids), BillingTrigger.is_due)
    found = await tx.session.execute(due.group_by(BillingTrigger.stream_id))
    return {row[0]: row[1] for row in found}


async def wake_streams(tx: Transaction, stream_ids: Collection[UUID]) -> None:
    """Let these streams be looked at now, with fresh attempts; one that is being told just now is looked at after that."""
    for some in batched(stream_ids):
        woken = update(BillingStream).where(BillingStream.id.in_(some))
        values = {"due_at": tx.now, "attempts": 0, "parked_at": None, "last_error": None}
        await tx.session.execute(woken.values(values), execution_options=BULK)


async def told_in_range(
    tx: Transaction,
    *,
    stream_id: UUID | None,
    from_sequence: int,
    until_sequence: int | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> Sequence[Row[UUID, UUID, datetime]]:
    """(id, stream_id, recorded_at) of all that was ever sent in a range, oldest first."""
    columns = select(BillingTrigger.id, BillingTrigger.stream_id, BillingTrigger.recorded_at)
    query = columns.where(BillingTrigger.sent_at.is_not(None), BillingTrigger.sequence >= from_sequence)
    if stream_id is not None:
        query = query.where(BillingTrigger.stream_id == stream_id)
    if until_sequence is not None:
        query = query.where(BillingTrigger.sequence <= until_sequence)
    if since is not None:
        query = query.where(BillingTrigger.recorded_at >= since)
    if until is not None:
        query = query.where(BillingTrigger.recorded_at < until)
    oldest = query.order_by(BillingTrigger.recorded_at, BillingTrigger.id)
    return (await tx.session.execute(oldest.limit(limit))).all()


async def mark_due(tx: Transaction, trigger_ids: Sequence[UUID]) -> None:
    for some in batched(trigger_ids):
        marked = update(BillingTrigger).where(BillingTrigger.id.in_(some))
        await tx.session.execute(marked.values(is_due=True), execution_options=BULK)


async def dead_letters(tx: Transaction, stream_ids: Collection[UUID]) -> dict[UUID, int]:
    """Stream → the first number in it that billing refused to take; streams without one are left out."""
    columns = select(BillingTrigger.stream_id, BillingTrigger.sequence)
    dead = columns.where(
        among(BillingTrigger.stream_id, stream_ids), BillingTrigger.state == TriggerState.DEAD_LETTER
    ).order_by(BillingTrigger.sequence.desc())
    return {row.stream_id: row.sequence for row in await tx.session.execute(dead)}


async def triggers_after(
    tx: Transaction, *, order_id: UUID | None, state: TriggerState | None, after: UUID | None, limit: int
) -> list[BillingTrigger]:
    """Triggers in the order in which they were made, from behind `after`."""
    query = select(BillingTrigger)
    if order_id is not None:
        query = query.where(BillingTrigger.order_id == order_id)
    if state is not None:
        query = query.where(BillingTrigger.state == state)
    if after is not None:
        query = query.where(BillingTrigger.id > after)
    return list(await tx.session.scalars(query.order_by(BillingTrigger.id).limit(limit)))


async def triggers_of_services(tx: Transaction, service_ids: Collection[UUID]) -> list[BillingTrigger]:
    """The triggers of these services, each service's in its sequence."""
    query = select(BillingTrigger).where(BillingTrigger.service_id.in_(service_ids))
    query = query.order_by(BillingTrigger.stream_id, BillingTrigger.sequence, BillingTrigger.revision)
    return list(await tx.session.scalars(query))


async def services_under_way(tx: Transaction, *, since: datetime, asked_at: datetime) -> list[UUID]:
    """Services with a trigger recorded after `since` of which billing had not said at `asked_at` what became of it."""
    is_open = BillingTrigger.state.in_(UNDER_WAY) | (BillingTrigger.acknowledged_at > asked_at)
    query = select(BillingTrigger.service_id).distinct().where(is_open, BillingTrigger.recorded_at > since)
    return [found for found in await tx.session.scalars(query) if found is not None]


async def valid_keys(tx: Transaction, *, sealed_by: str) -> list[BillingKey]:
    """Our keys that sign now, newest first."""
    still = BillingKey.valid_until.is_(None) | (BillingKey.valid_until > tx.now)
    query = select(BillingKey).where(BillingKey.sealed_by == sealed_by, still)
    return list(await tx.session.scalars(query.order_by(BillingKey.id.desc())))


async def every_key(tx: Transaction) -> list[BillingKey]:
    """All keys that ever signed here, newest first, also those that another key of the settings had sealed."""
    return list(await tx.session.scalars(select(BillingKey).order_by(BillingKey.id.desc())))


async def keep_key(tx: Transaction, key: BillingKey) -> None:
    """Add this key, unless somebody else just did."""
    names = ("id", "public_key", "sealed", "sealed_by", "valid_from")
    new = tx.upsert(BillingKey).values({name: getattr(key, name) for name in names})
    await tx.session.execute(new.on_conflict_do_nothing(index_elements=["id"]))


async def earned_by(tx: Transaction, trigger_id: UUID) -> EarnedTrigger | None:
    """What was earned by the fact of this trigger, locked."""
    query = select(EarnedTrigger).where(EarnedTrigger.billing_trigger_id == trigger_id).with_for_update()
    return (await tx.session.scalars(query)).first()


async def lock_running_earned(tx: Transaction, stream_id: UUID) -> list[EarnedTrigger]:
    """What a stream still earns day by day."""
    goes_on = EarnedTrigger.earned_until.is_(None) & EarnedTrigger.state.in_(STANDING)
    query = select(EarnedTrigger).where(
        EarnedTrigger.stream_id == stream_id, EarnedTrigger.policy == EarnedPolicy.OVER_TIME, goes_on
    )
    return list(await tx.session.scalars(query.with_for_update()))


async def lock_ended_by(tx: Transaction, trigger_id: UUID) -> list[EarnedTrigger]:
    """What this trigger ended."""
    query = select(EarnedTrigger).where(EarnedTrigger.ended_by == trigger_id).with_for_update()
    return list(await tx.session.scalars(query))


async def earned_after(
    tx: Transaction, *, order_id: UUID | None, known_at: datetime | None, after: UUID | None, limit: int
) -> list[EarnedTrigger]:
    query = select(EarnedTrigger)
    if order_id is not None:
        query = query.where(EarnedTrigger.order_id == order_id)
    if known_at is not None:
        query = query.where(EarnedTrigger.recorded_at <= known_at)
    if after is not None:
        query = query.where(EarnedTrigger.id > after)
    return list(await tx.session.scalars(query.order_by(EarnedTrigger.id).limit(limit)))


async def earned_facts(
    tx: Transaction, earned_ids: Collection[UUID], *, known_at: datetime
) -> Mapping[UUID, Sequence[EarnedTriggerFact]]:
    """Earned trigger → what was recorded of it up to then, oldest first."""
    query = select(EarnedTriggerFact).where(
        EarnedTriggerFact.subject_id.in_(earned_ids), EarnedTriggerFact.recorded_at <= known_at
    )
    found = defaultdict[UUID, list[EarnedTriggerFact]](list)
    for fact in await tx.session.scalars(query.order_by(EarnedTriggerFact.id)):
        found[fact.subject_id].append(fact)
    return found


def batched(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """These ids, AT_ONCE at a time."""
    left = iter(ids)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _of_fact(fact_key: str) -> Select[BillingTrigger]:
    query = select(BillingTrigger).where(BillingTrigger.fact_key == fact_key)
    return query.order_by(BillingTrigger.revision.desc()).limit(1)
