"""Taking in one trigger: known or new, in sequence or too early, applied or rejected, and the answer it gets."""

import hashlib
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from clients.billing import acknowledgements
from clients.billing.charges import Entry, Refused, billed_periods, entry_for
from clients.billing.messages import Outcome, Trigger

MAX_WAITING = 1000
"""Triggers of one stream that may wait for a gap to close. A service sees a few dozen in its whole life."""

REJECTED_ENTRY_ID = ""
"""The ledger entry of a trigger that made none."""

INSERT_ENTRY = """
insert into entry (trigger_id, stream, effect, supersedes, service_id, charge_line_id, charge_code, description, order_number,
  account_id, effective_at, quantity, amount_minor, currency, recorded_at)
values (:trigger_id, :stream, :effect, :supersedes, :service_id, :charge_line_id, :charge_code, :description, :order_number,
  :account_id, :effective_at, :quantity, :amount_minor, :currency, :recorded_at)
"""


class TooManyWaiting(Exception):
    """The stream waits for a trigger that does not come; nothing was stored. Deliver the missing one first."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was done with a callback. `outcomes`: all triggers that it settled, itself among them or not."""

    trigger_id: UUID
    duplicate: bool
    outcomes: tuple[Outcome, ...]


class Intake:
    """What one transaction does to take in one trigger and all that waited for it."""

    def __init__(self, tx: sqlite3.Connection, *, now: datetime, new_id: Callable[[], UUID]) -> None:
        self._tx = tx
        self._now = now
        self._new_id = new_id

    def take(self, trigger: Trigger) -> Receipt:
        """Store the trigger, settle what its stream is ready for, queue the answers. Raises TooManyWaiting."""
        digest = _digest(trigger)
        known = self._one("select digest from callback where trigger_id = ?", str(trigger.trigger_id))
        if known is not None:
            self._answer_again(trigger, digest, is_same=known["digest"] == digest)
            return Receipt(trigger_id=trigger.trigger_id, duplicate=True, outcomes=())
        if self._is_place_taken(trigger):
            self._store(trigger, digest, state="rejected")
            outcomes = [self._reject(trigger, digest, "sequence_taken")]
        else:
            self._check_room(trigger)
            self._store(trigger, digest, state="waiting")
            outcomes = self._settle_in_sequence(trigger.stream)
        return Receipt(trigger_id=trigger.trigger_id, duplicate=False, outcomes=tuple(outcomes))

    def _answer_again(self, trigger: Trigger, digest: bytes, *, is_same: bool) -> None:
        if is_same:
            acknowledgements.queue_again(self._tx, trigger.trigger_id, digest=digest, now=self._now)
        else:
            # The first body stands. Which one is right is for people to find out: tell the sender, apply nothing.
            self._reject(trigger, digest, "conflicting_body")

    def _is_place_taken(self, trigger: Trigger) -> bool:
        waiting = self._one(
            "select 1 from callback where stream = ? and sequence = ? and state = 'waiting'",
            trigger.stream,
            trigger.sequence,
        )
        return waiting is not None or trigger.sequence <= self._settled_sequence(trigger.stream)

    def _check_room(self, trigger: Trigger) -> None:
        # The trigger that all the others wait for never waits itself, so it is always let in.
        if trigger.sequence == self._settled_sequence(trigger.stream) + 1:
            return
        row = self._one("select count(*) as n from callback where stream = ? and state = 'waiting'", trigger.stream)
        if row is not None and row["n"] >= MAX_WAITING:
            raise TooManyWaiting(f"{MAX_WAITING} triggers of {trigger.stream} wait: deliver the missing one first")

    def _settle_in_sequence(self, stream: str) -> list[Outcome]:
        """Apply or reject the next trigger of the stream, and the next, up to the first gap."""
        outcomes: list[Outcome] = []
        sequence = self._settled_sequence(stream)
        while waiting := self._one(
            "select body, digest from callback where stream = ? and sequence = ? and state = 'waiting'",
            stream,
            sequence + 1,
        ):
            sequence += 1
            outcomes.append(self._settle(msgspec.json.decode(waiting["body"], type=Trigger), waiting["digest"]))
        self._tx.execute(
            "insert into stream (stream, sequence) values (?, ?)"
            " on conflict (stream) do update set sequence = excluded.sequence",
            (stream, sequence),
        )
        return outcomes

    def _settle(self, trigger: Trigger, digest: bytes) -> Outcome:
        try:
            outcome = self._apply(trigger)
        except Refused as refused:
            self._set_state(trigger, "rejected")
            return self._reject(trigger, digest, refused.reason)
        self._set_state(trigger, "applied")
        self._acknowledge(outcome, digest)
        return outcome

    def _apply(self, trigger: Trigger) -> Outcome:
        superseded = self._one("select * from entry where trigger_id = ?", str(trigger.supersedes))
        entry = entry_for(trigger, superseded=entry_of(superseded) if superseded else None)
        earlier = self._tx.execute("select * from entry where stream = ? order by id", (trigger.stream,))
        # Reading the bill with the new entry is the check: what cannot be read is not entered.
        billed_periods([*map(entry_of, earlier), entry])
        return Outcome(
            trigger_id=trigger.trigger_id, status="applied", reason=None, ledger_entry_id=f"entry-{self._insert(entry)}"
        )

    def _insert(self, entry: Entry) -> int | None:
        values = {**msgspec.to_builtins(entry), "stream": entry.stream, "recorded_at": self._now.isoformat()}
        return self._tx.execute(INSERT_ENTRY, values).lastrowid

    def _reject(self, trigger: Trigger, digest: bytes, reason: str) -> Outcome:
        outcome = Outcome(
            trigger_id=trigger.trigger_id, status="rejected", reason=reason, ledger_entry_id=REJECTED_ENTRY_ID
        )
        self._acknowledge(outcome, digest)
        return outcome

    def _acknowledge(self, outcome: Outcome, digest: bytes) -> None:
        acknowledgements.queue(self._tx, outcome, digest=digest, message_id=self._new_id(), now=self._now)

    def _store(self, trigger: Trigger, digest: bytes, *, state: Literal["waiting", "rejected"]) -> None:
        self._tx.execute(
            "insert into callback (trigger_id, stream, sequence, body, digest, state, received_at)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (
                str(trigger.trigger_id),
                trigger.stream,
                trigger.sequence,
                msgspec.json.encode(trigger),
                digest,
                state,
                self._now.isoformat(),
            ),
        )

    def _set_state(self, trigger: Trigger, state: Literal["applied", "rejected"]) -> None:
        self._tx.execute("update callback set state = ? where trigger_id = ?", (state, str(trigger.trigger_id)))

    def _settled_sequence(self, stream: str) -> int:
        row = self._one("select sequence from stream where stream = ?", stream)
        return row["sequence"] if row else 0

    def _one(self, sql: str, *values: object) -> sqlite3.Row | None:
        return self._tx.execute(sql, values).fetchone()


def entry_of(row: sqlite3.Row) -> Entry:
    """Read one row of the table `entry`. Its columns id, stream and recorded_at are the table's own and left out."""
    return msgspec.convert(dict(row), Entry)


def _digest(trigger: Trigger) -> bytes:
    """What makes two bodies the same: every field of the trigger, not the spelling of the JSON or its sending time."""
    return hashlib.sha256(msgspec.json.encode(trigger, order="deterministic")).digest()
