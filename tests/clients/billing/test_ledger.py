"""The ledger on its real file: once, in sequence, never half, and the acknowledgement with the effect."""

import sqlite3
from datetime import timedelta
from itertools import count
from uuid import UUID

import msgspec
import pytest

from clients.billing import intake
from clients.billing.acknowledgements import record_answer, take_due
from clients.billing.charges import Effect
from clients.billing.intake import TooManyWaiting
from clients.billing.ledger import Ledger
from clients.billing.messages import Acknowledgement, Kind
from clients.billing.storage import PRAGMAS, Storage
from tests.clients.billing.triggers import NOW, trigger


@pytest.fixture
def storage(tmp_path):
    storage = Storage(tmp_path / "ledger.db")
    yield storage
    storage.close()


@pytest.fixture
def ledger(storage):
    numbers = count(1)
    return Ledger(storage, new_id=lambda: UUID(int=next(numbers)))


def receive(ledger, *triggers):
    return [ledger.receive(one, now=NOW) for one in triggers]


def queued(storage, *, now=NOW):
    with storage.transaction() as tx:
        return take_due(tx, now=now, limit=100, pause_seconds=lambda attempts: 60.0 * attempts)


def answers(storage):
    outcomes = [msgspec.json.decode(one.body, type=Acknowledgement).data for one in queued(storage)]
    return [(o.trigger_id.int - 1000, o.status, o.reason, o.ledger_entry_id) for o in outcomes]


def test_a_trigger_becomes_an_entry_and_an_acknowledgement(ledger, storage):
    (receipt,) = receive(ledger, trigger(1))

    assert not receipt.duplicate
    assert [(e.effect, e.amount_minor, e.effective_at) for e in ledger.entries()] == [
        (Effect.SUBSCRIPTION_STARTED, 4990, NOW)
    ]
    assert answers(storage) == [(1, "applied", None, "entry-1")]


def test_a_trigger_delivered_twice_is_entered_and_acknowledged_once(ledger, storage):
    first, second = receive(ledger, trigger(1), trigger(1))

    assert (first.duplicate, second.duplicate) == (False, True)
    assert len(ledger.entries()) == 1
    assert len(queued(storage)) == 1


def test_a_duplicate_after_delivery_sends_the_same_acknowledgement_again(ledger, storage):
    receive(ledger, trigger(1))
    (sent,) = queued(storage)
    with storage.transaction() as tx:
        record_answer(tx, sent, "204", delivered_at=NOW)

    receive(ledger, trigger(1))

    (again,) = queued(storage)
    assert (again.message_id, again.body) == (sent.message_id, sent.body)


def test_another_body_under_a_known_id_is_rejected_and_changes_nothing(ledger, storage):
    receive(ledger, trigger(1))

    (receipt,) = receive(ledger, trigger(1, amount_minor=1))

    assert receipt.duplicate
    assert [e.amount_minor for e in ledger.entries()] == [4990]
    assert answers(storage) == [(1, "applied", None, "entry-1"), (1, "rejected", "conflicting_body", "")]


def test_the_same_conflicting_body_is_acknowledged_once(ledger, storage):
    receive(ledger, trigger(1), trigger(1, amount_minor=1), trigger(1, amount_minor=1))

    assert len(queued(storage)) == 2


def test_a_trigger_after_a_gap_waits_without_entry_or_acknowledgement(ledger, storage):
    receive(ledger, trigger(2, Kind.STOP))

    assert ledger.entries() == []
    assert queued(storage) == []
    assert ledger.counts().waiting == 1


def test_when_the_gap_closes_all_that_waited_is_applied_in_sequence(ledger, storage):
    late = timedelta(days=1)
    receive(
        ledger,
        trigger(3, Kind.RESUME, effective_at=NOW + 2 * late),
        trigger(2, Kind.SUSPEND, effective_at=NOW + late),
    )

    (receipt,) = receive(ledger, trigger(1))

    assert [o.trigger_id.int - 1000 for o in receipt.outcomes] == [1, 2, 3]
    assert [answer[:2] for answer in answers(storage)] == [(1, "applied"), (2, "applied"), (3, "applied")]
    assert ledger.counts().waiting == 0


def test_a_waiting_trigger_delivered_again_keeps_waiting(ledger):
    _, second = receive(ledger, trigger(2, Kind.STOP), trigger(2, Kind.STOP))

    assert second.duplicate
    assert ledger.counts().waiting == 1


def test_streams_do_not_wait_for_one_another(ledger):
    receive(ledger, trigger(2, Kind.STOP), trigger(1, service_id=UUID(int=50), charge_line_id=UUID(int=51)))

    assert len(ledger.entries()) == 1


def test_without_a_service_the_charge_line_is_the_stream(ledger):
    goods = {"service_id": None, "kind": Kind.FULFIL, "period": "once", "sequence": 1}

    receive(ledger, trigger(1, **goods, charge_line_id=UUID(int=51)), trigger(2, **goods, charge_line_id=UUID(int=52)))

    assert len(ledger.entries()) == 2


@pytest.mark.parametrize("place", [1, 5], ids=["settled", "waiting"])
def test_a_second_trigger_for_a_taken_place_is_rejected(ledger, storage, place):
    receive(ledger, trigger(1), trigger(5, Kind.STOP))

    receive(ledger, trigger(9, Kind.STOP, sequence=place))

    assert (9, "rejected", "sequence_taken", "") in answers(storage)


def test_a_rejected_trigger_uses_up_its_place_so_that_the_next_is_not_stuck(ledger, storage):
    receive(ledger, trigger(1, Kind.STOP), trigger(2))

    assert answers(storage) == [(1, "rejected", "subscription_not_running", ""), (2, "applied", None, "entry-1")]


def test_a_correction_is_a_new_entry_that_names_the_old_one(ledger):
    receive(ledger, trigger(1), trigger(2, Kind.CORRECT, supersedes=UUID(int=1001), amount_minor=3990))

    old, new = ledger.entries()
    assert (new.supersedes, new.effect) == (old.trigger_id, Effect.SUBSCRIPTION_STARTED)
    assert [p.entry.amount_minor for p in ledger.running_subscriptions()] == [3990]
    assert [t.monthly_minor for t in ledger.totals()] == [3990]


def test_a_trigger_superseded_before_is_not_superseded_again(ledger, storage):
    corrections = [trigger(n, Kind.CORRECT, supersedes=UUID(int=1001), amount_minor=n) for n in (2, 3)]

    receive(ledger, trigger(1), *corrections)

    assert answers(storage)[-1] == (3, "rejected", "trigger_already_superseded", "")


def test_what_was_received_is_there_after_opening_the_file_again(ledger, storage, tmp_path):
    receive(ledger, trigger(1), trigger(3, Kind.STOP))

    storage.close()
    reopened = Storage(tmp_path / "ledger.db")
    again = Ledger(reopened, new_id=lambda: UUID(int=77))

    assert again.receive(trigger(1), now=NOW).duplicate
    assert again.counts().acknowledgements_queued == 1
    assert again.counts().waiting == 1
    reopened.close()


def test_effect_and_acknowledgement_are_one_transaction(storage):
    def no_id():
        raise RuntimeError("the process dies here")

    ledger = Ledger(storage, new_id=no_id)

    with pytest.raises(RuntimeError):
        ledger.receive(trigger(1), now=NOW)

    assert ledger.entries() == []
    assert storage.read("select * from callback") == []


def test_a_stream_holds_a_bounded_number_of_waiting_triggers(ledger, monkeypatch):
    monkeypatch.setattr(intake, "MAX_WAITING", 2)
    receive(ledger, trigger(2, Kind.STOP), trigger(3, Kind.STOP))

    with pytest.raises(TooManyWaiting):
        receive(ledger, trigger(4, Kind.STOP))

    assert ledger.counts().waiting == 2


def test_the_missing_trigger_is_taken_though_the_waiting_room_is_full(ledger, monkeypatch):
    monkeypatch.setattr(intake, "MAX_WAITING", 2)
    receive(ledger, trigger(2, Kind.SUSPEND), trigger(3, Kind.RESUME))

    receive(ledger, trigger(1))

    assert len(ledger.entries()) == 3


def test_an_attempt_is_counted_before_it_is_made_and_the_next_waits(ledger, storage):
    receive(ledger, trigger(1))

    (first,) = queued(storage)

    assert first.attempts == 1
    assert queued(storage) == []
    assert [q.attempts for q in queued(storage, now=NOW + timedelta(seconds=60))] == [2]


def test_the_file_is_opened_for_durability(storage):
    found = {name: storage.read(f"pragma {name}")[0][0] for name in PRAGMAS}

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_a_writer_elsewhere_sees_all_of_a_transaction_or_nothing(ledger, storage, tmp_path):
    elsewhere = sqlite3.connect(tmp_path / "ledger.db")

    with storage.transaction() as tx:
        tx.execute("insert into stream (stream, sequence) values ('x', 1)")
        assert elsewhere.execute("select count(*) from stream").fetchone() == (0,)

    assert elsewhere.execute("select count(*) from stream").fetchone() == (1,)
    elsewhere.close()


def test_taking_in_looks_through_no_table_however_large_it_has_grown(ledger, storage):
    """Every statement of it finds its rows by an index: else each trigger costs more than the one before."""
    asked: list[str] = []
    with storage.transaction() as tx:
        tx.set_trace_callback(asked.append)
    receive(ledger, trigger(3, sequence=3), trigger(1), trigger(2, sequence=2), trigger(1))
    queued(storage)
    with storage.transaction() as tx:
        tx.set_trace_callback(None)

    lookups = [one for one in asked if one.startswith(("select", "update"))]
    steps = [row["detail"] for one in lookups for row in storage.read(f"explain query plan {one}")]
    assert len(lookups) > 10
    assert [step for step in steps if step.startswith("SCAN")] == []
