"""The queue of acknowledgements: rows written with the effect they report, kept until the other side took them.

Functions take the open transaction; none commits. How they are sent is in `sender`.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec

from clients.billing.messages import Acknowledgement, Outcome

MAX_ANSWER_CHARS = 200
"""How much of the last answer is kept, for a person who looks why an acknowledgement does not get through."""


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """One acknowledgement to send. `message_id` and `body` are the same at every attempt."""

    id: int
    message_id: str
    body: bytes
    attempts: int


def queue(tx: sqlite3.Connection, outcome: Outcome, *, digest: bytes, message_id: UUID, now: datetime) -> None:
    """Add the acknowledgement of one body, due at once; if that body was answered before, send the same again.

    digest: of the trigger as it was received; the same id with another body has an acknowledgement of its own.
    """
    acknowledgement = Acknowledgement(timestamp=now, data=outcome)
    tx.execute(
        "insert into acknowledgement (message_id, trigger_id, digest, body, due_at_s) values (?, ?, ?, ?, ?)"
        " on conflict (trigger_id, digest) do nothing",
        (str(message_id), str(outcome.trigger_id), digest, msgspec.json.encode(acknowledgement), now.timestamp()),
    )
    queue_again(tx, outcome.trigger_id, digest=digest, now=now)


def queue_again(tx: sqlite3.Connection, trigger_id: UUID, *, digest: bytes, now: datetime) -> None:
    """Send a delivered acknowledgement once more: who delivers a trigger again has not seen its outcome."""
    tx.execute(
        "update acknowledgement set delivered_at = null, attempts = 0, due_at_s = ?"
        " where trigger_id = ? and digest = ? and delivered_at is not null",
        (now.timestamp(), str(trigger_id), digest),
    )


def take_due(
    tx: sqlite3.Connection, *, now: datetime, limit: int, pause_seconds: Callable[[int], float]
) -> list[Queued]:
    """Take up to `limit` due acknowledgements, oldest first, and count the attempt before it is made.

    pause_seconds: attempts so far (from 1) → how long to wait for the next, should this one fail or the process die.
    """
    rows = tx.execute(
        "select id, message_id, body, attempts + 1 as attempts from acknowledgement"
        " where delivered_at is null and due_at_s <= ? order by due_at_s, id limit ?",
        (now.timestamp(), limit),
    ).fetchall()
    taken = [msgspec.convert(dict(row), Queued) for row in rows]
    tx.executemany(
        "update acknowledgement set attempts = ?, due_at_s = ? where id = ?",
        [(one.attempts, now.timestamp() + pause_seconds(one.attempts), one.id) for one in taken],
    )
    return taken


def record_answer(tx: sqlite3.Connection, queued: Queued, answer: str, *, delivered_at: datetime | None) -> None:
    """Note what came back. With `delivered_at` the acknowledgement is done, else it stays due."""
    tx.execute(
        "update acknowledgement set last_answer = ?, delivered_at = ? where id = ?",
        (answer[:MAX_ANSWER_CHARS], delivered_at and delivered_at.isoformat(), queued.id),
    )
