"""Guessing is limited: so many failures for one account or from one address, then a pause.

The counts are rows, so that any number of processes and hosts share them; only failures write. The address is the
one that connected: behind a reverse proxy that is the proxy, and all callers share its limit.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from backend.identity.models import FailedAttempts
from backend.identity.secrets import hashed
from backend.kernel.audit import ANONYMOUS
from backend.kernel.db import Database, Transaction
from backend.kernel.errors import DomainError, Forbidden

ACCOUNT_LIMIT = 5  # a person mistypes twice or thrice; a guesser needs thousands
ADDRESS_LIMIT = 50  # a whole office may share one address
CODE_LIMIT = 5  # failed enrolments from one address
LINK_LIMIT = 30  # links that do not hold, from one address: a person has one, and it is copied wrongly twice
PROOF_LIMIT = 5  # of one visit: the proof has few digits
WINDOW = timedelta(minutes=15)  # counted from the first failure


class TooManyAttempts(Forbidden):
    """Too many failures in a row. Wait for `retry_after_seconds`; right or wrong, nothing is looked at before."""

    code = "too_many_attempts"


@dataclass(frozen=True, kw_only=True)
class Tries:
    """What is counted together. subject: hashed, as it may hold an e-mail address; limit: failures within WINDOW."""

    subject: str
    limit: int


def log_in_tries(email: str, address: str) -> list[Tries]:
    """The counts of one attempt to log in."""
    account = Tries(subject=hashed(f"account {email.strip().lower()}"), limit=ACCOUNT_LIMIT)
    return [account, Tries(subject=hashed(f"log-ins from {address}"), limit=ADDRESS_LIMIT)]


def code_tries(user_id: UUID) -> list[Tries]:
    """The counts of one code or password that somebody who is logged in gives for the own account."""
    return [Tries(subject=hashed(f"codes of {user_id}"), limit=ACCOUNT_LIMIT)]


def enrolment_tries(address: str) -> list[Tries]:
    """The counts of one attempt to enrol a phone: the code names no account before it is known."""
    return [Tries(subject=hashed(f"enrolments from {address}"), limit=CODE_LIMIT)]


def link_tries(address: str) -> list[Tries]:
    """The counts of one customer's link that does not hold."""
    return [Tries(subject=hashed(f"links from {address}"), limit=LINK_LIMIT)]


def proof_tries(job_id: UUID) -> list[Tries]:
    """The counts of one second proof that the holder of a visit's link gives."""
    return [Tries(subject=hashed(f"proofs of {job_id}"), limit=PROOF_LIMIT)]


@asynccontextmanager
async def limited(database: Database, tries: Sequence[Tries], wrong: type[DomainError]) -> AsyncIterator[None]:
    """Refuse the block after too many failures, and count one when it raises `wrong`. Raises TooManyAttempts.

    The block must `check` again in the transaction that grants something: many guesses sent at once all pass here.
    """
    await _look(database, tries)
    try:
        yield
    except wrong:
        async with database.transaction(ANONYMOUS, "failed attempt") as tx:
            await _count(tx, tries)
        await _look(database, tries)  # one answer for right and wrong alike, from the last failure on
        raise


async def check(tx: Transaction, tries: Sequence[Tries]) -> None:
    """Raises TooManyAttempts when one of these counts is full."""
    limits = {each.subject: each.limit for each in tries}
    live = select(FailedAttempts).where(FailedAttempts.subject.in_(limits), FailedAttempts.until > tx.now)
    full = [row.until for row in await tx.session.scalars(live) if row.failures >= limits[row.subject]]
    if full:
        raise TooManyAttempts(retry_after_seconds=int((max(full) - tx.now).total_seconds()) + 1)


async def forget(tx: Transaction, tries: Tries) -> None:
    """The right password was given: the account's failures were its owner's."""
    await tx.session.execute(delete(FailedAttempts).where(FailedAttempts.subject == tries.subject))


async def _look(database: Database, tries: Sequence[Tries]) -> None:
    async with database.snapshot(ANONYMOUS, "attempts") as tx:
        await check(tx, tries)


async def _count(tx: Transaction, tries: Sequence[Tries]) -> None:
    await tx.session.execute(delete(FailedAttempts).where(FailedAttempts.until <= tx.now))
    for subject in sorted(each.subject for each in tries):  # one order for every transaction: no deadlock
        first = tx.upsert(FailedAttempts).values(subject=subject, failures=1, until=tx.now + WINDOW)
        more = {"failures": FailedAttempts.failures + 1}
        await tx.session.execute(first.on_conflict_do_update(index_elements=["subject"], set_=more))
