"""Lifecycles as tables, and the facts that their moves leave."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.kernel import facts
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database, Transaction
from backend.kernel.lifecycle import GuardRefused, IllegalMove
from backend.kernel.outbox import OutboxRow
from tests.fakes import MONDAY, FixedClock
from tests.kernel.widgets import WIDGET, Widget, WidgetCommand, WidgetFact, WidgetState, widget

MOVES = {
    (WidgetState.PLANNED, WidgetCommand.MAKE): WidgetState.MADE,
    (WidgetState.MADE, WidgetCommand.BREAK): WidgetState.BROKEN,
}


@pytest.mark.parametrize("state", WidgetState)
@pytest.mark.parametrize("command", WidgetCommand)
def test_a_lifecycle_moves_only_as_its_table_says(state: WidgetState, command: WidgetCommand) -> None:
    if (state, command) in MOVES:
        assert WIDGET.advance(state, command, "parts").to == MOVES[state, command]
        return
    with pytest.raises(IllegalMove) as refused:
        WIDGET.advance(state, command, "parts")
    assert refused.value.params["allowed"] == WIDGET.allowed(state)


def test_a_guard_that_says_no_is_named() -> None:
    with pytest.raises(GuardRefused) as refused:
        WIDGET.advance(WidgetState.PLANNED, WidgetCommand.MAKE, "")

    assert refused.value.params == {"lifecycle": "widget", "command": "make", "guard": "has_parts"}


def test_a_lifecycle_is_told_to_clients_as_plain_data() -> None:
    assert WIDGET.as_data() == {
        "name": "widget",
        "initial": "planned",
        "moves": {"planned": {"make": "made"}, "made": {"break": "broken"}},
    }
    assert list(WIDGET.events()) == ["widget.made"]


async def make_in_the_past(tx: Transaction, row: Widget, *, hours_ago: int) -> None:
    facts.move(
        tx, row, WidgetCommand.MAKE, occurred_at=tx.now - timedelta(hours=hours_ago), given="parts", detail={"by": "7"}
    )


async def test_a_move_writes_state_fact_and_event_with_both_times(database: Database) -> None:
    phone = Actor(kind="device", id=None)
    async with database.transaction(phone, "test") as tx:
        row = widget(tx)
        await make_in_the_past(tx, row, hours_ago=2)

    async with database.snapshot(SYSTEM, "test") as tx:
        moved = (await tx.session.scalars(select(Widget))).one()
        fact = (await tx.session.scalars(select(WidgetFact))).one()
        event = (await tx.session.scalars(select(OutboxRow))).one().event()
    occurred_at = MONDAY - timedelta(hours=2)
    assert moved.state is WidgetState.MADE
    assert (fact.from_state, fact.to_state, fact.command, fact.actor_kind) == ("planned", "made", "make", "device")
    assert (fact.occurred_at, fact.recorded_at, fact.detail) == (occurred_at, MONDAY, {"by": "7"})
    assert (event.type, event.subject_id) == ("widget.made", row.id)
    assert (event.occurred_at, event.recorded_at) == (occurred_at, MONDAY)


async def test_a_refused_move_changes_nothing(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        row = widget(tx)
        with pytest.raises(IllegalMove):
            facts.move(tx, row, WidgetCommand.BREAK)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.scalars(select(Widget.state))).one() is WidgetState.PLANNED
        assert (await tx.session.scalars(select(WidgetFact))).all() == []
        assert (await tx.session.scalars(select(OutboxRow))).all() == []


async def test_what_was_known_on_a_date_does_not_change_when_we_learn_more(
    database: Database, clock: FixedClock
) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        row = widget(tx)
    heard_at = clock.advance(3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await make_in_the_past(tx, await tx.session.get_one(Widget, row.id), hours_ago=1)

    async with database.snapshot(SYSTEM, "test") as tx:
        known_before = await facts.as_known_on(tx, WidgetFact, row.id, known_at=heard_at - timedelta(minutes=1))
        known_now = await facts.as_known_on(tx, WidgetFact, row.id, known_at=heard_at)
        then_as_known_now = await facts.as_known_on(tx, WidgetFact, row.id, known_at=heard_at, at=MONDAY)
        earlier = await facts.as_known_on(tx, WidgetFact, row.id, known_at=heard_at, at=MONDAY - timedelta(seconds=1))
    assert (known_before, known_now, then_as_known_now, earlier) == (None, "made", "made", None)
