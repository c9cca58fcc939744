"""What the outside world wrote down itself: billing's ledger, the network's record, the device's own file.

Nothing here asks the product. Each file is opened for reading only.
"""

import email
import email.policy
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the receiver's ledger. amount_minor: of the whole quantity."""

    trigger_id: str
    effect: str
    charge_line_id: str
    charge_code: str
    service_id: str | None
    effective_at: datetime
    quantity: int
    amount_minor: int


class AccountEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the receiver's ledger that is of no charge line: a credit, or a charge to the account."""

    trigger_id: str
    effect: str
    supersedes: str | None
    quantity: int
    amount_minor: int


class DeviceMutation(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work in the device's outbox. state: as the device knows it."""

    mid: int
    op: str
    document_id: str
    state: str
    code: str | None


def ledger_entries(ledger: Path, charge_line_ids: Sequence[str]) -> list[LedgerEntry]:
    """What billing booked for these charge lines, oldest first."""
    query = (
        "SELECT trigger_id, effect, charge_line_id, charge_code, service_id, effective_at, quantity, amount_minor "
        "FROM entry WHERE charge_line_id IN (SELECT value FROM json_each(?)) ORDER BY id"
    )
    rows = _read(ledger, query, (msgspec.json.encode(list(charge_line_ids)).decode(),))
    return [msgspec.convert(dict(zip(LedgerEntry.__struct_fields__, row, strict=True)), LedgerEntry) for row in rows]


def account_entries(ledger: Path, account_id: str) -> list[AccountEntry]:
    """What billing booked for an account itself, beside all charge lines, oldest first."""
    query = (
        "SELECT trigger_id, effect, supersedes, quantity, amount_minor FROM entry "
        "WHERE account_id = ? AND charge_line_id IS NULL ORDER BY id"
    )
    rows = _read(ledger, query, (account_id,))
    return [msgspec.convert(dict(zip(AccountEntry.__struct_fields__, row, strict=True)), AccountEntry) for row in rows]


def network_profiles(record: Path, service_id: UUID) -> dict[str, dict[str, str]]:
    """What the network holds for a service: profile name → attributes; empty when it knows nothing of it."""
    rows = _read(record, "SELECT name, attributes FROM profile WHERE service_id = ?", (str(service_id),))
    return {name: msgspec.json.decode(attributes) for name, attributes in rows}


def network_calls(record: Path, service_id: UUID) -> list[tuple[str, str]]:
    """(operation, outcome) of every call about a service, in order."""
    return _read(record, "SELECT operation, outcome FROM call WHERE service_id = ? ORDER BY number", (str(service_id),))


def device_mutations(store: Path) -> list[DeviceMutation]:
    """The device's outbox as it lies on its disk."""
    rows = _read(store, "SELECT mid, op, document_id, state, code FROM mutation ORDER BY mid", ())
    return [DeviceMutation(mid=mid, op=op, document_id=of, state=state, code=code) for mid, op, of, state, code in rows]


def device_photos(store: Path) -> int:
    """How many photos still wait on the device."""
    return _read(store, "SELECT count(*) FROM photo", ())[0][0]


def device_document(store: Path, kind: str, document_id: str) -> dict[str, Any] | None:
    """A document as the server last sent it, without the device's own work laid over; None when it is not there."""
    rows = _read(store, "SELECT document FROM document WHERE name = ?", (f"{kind}/{document_id}",))
    return msgspec.json.decode(rows[0][0])["doc"] if rows else None


def _read(path: Path, query: str, values: tuple[object, ...]) -> list[Any]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def letter_to(mail: Path, address: str) -> tuple[str, str] | None:
    """The file name and the tracking token of the letter to this address in a mail folder; None while there is none."""
    for path in mail.glob("*.eml"):
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        text = letter.get_content()
        if letter["to"] == address and "/tracking/#" in text:
            return path.name, text.partition("/tracking/#")[2].split()[0]
    return None


def subjects_to(mail: Path, address: str) -> list[str]:
    """The subjects of all letters to this address in a mail folder."""
    letters = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in mail.glob("*.eml")]
    return [str(letter["subject"]) for letter in letters if letter["to"] == address]


def forget(ledger: Path, charge_line_id: str) -> None:
    """Sabotage for one check: billing loses what it booked for a charge line."""
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute("DELETE FROM entry WHERE charge_line_id = ?", (charge_line_id,))
