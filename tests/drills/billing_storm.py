"""Triggers on their way to billing through everything that goes wrong, and a count of what came of them."""

import asyncio
import secrets
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import func, select, update

from backend.billing import keys
from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingKey, BillingStream, BillingTrigger
from backend.demo.site import Site
from backend.deployment import trust_billing
from backend.kernel.db import Transaction
from backend.migrations.run import upgrade
from backend.settings import read_settings
from tests.drills.unruly import LOOPBACK
from tests.factories.billing_queue import LIFE, fill_queue
from tests.factories.sites import in_database, kill

PATIENCE_SECONDS = 3600.0
"""For the whole of it: at a load of twenty, half an hour was not enough for the last pauses, of five minutes each."""

LOOK_SECONDS = 0.05


@dataclass(kw_only=True)
class StormSite(Site):
    """A site whose worker finds billing behind `billing_door`, and waits only so long for its answers."""

    billing_door: int = 0
    answer_seconds: float = 1.0

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "TRUCKROLL_BILLING_URL": f"http://{LOOPBACK}:{self.billing_door}",
            "TRUCKROLL_BILLING_ANSWER_SECONDS": str(self.answer_seconds),
        }

    @property
    def trusted_keys(self) -> Path:
        return self.home / "trusted-keys"


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What is left. told: our triggers' ids; effects: the ledger's, in the order of the entries; streams: of each its
    numbers, in the order in which they came and in which they were applied."""

    told: set[str]
    states: dict[str, int]
    streams_at_work: int
    effects: list[str]
    waiting_or_rejected: int
    arrived: dict[str, list[int]]
    applied: dict[str, list[int]]


@dataclass(kw_only=True)
class BillingStorm:
    """One site with its queue, and the one who kills and rotates."""

    site: StormSite
    services: int
    random: Random
    kills: int = 0
    rotations: int = 0
    _deadline: float = field(default_factory=lambda: time.monotonic() + PATIENCE_SECONDS)

    @property
    def triggers(self) -> int:
        return self.services * len(LIFE)

    def prepare(self) -> None:
        """The queue is full, billing and the web are up, nobody tells anything yet."""
        site = self.site
        upgrade(site.database_url)
        in_database(site, self._fill)
        settings = read_settings(site.environment)
        asyncio.run(trust_billing(settings, key_id="billing", public_key=site.keys.billing_public))
        site.trusted_keys.touch()
        site.start_receiver("--verify-file", str(site.trusted_keys))
        site.start_web()

    def rage(self, *, kills: int, rotations: int) -> Aftermath:
        """Tell all, with the worker killed and the keys rotated at even distances; what is left when all is quiet."""
        self.site.start_worker()
        moments = sorted([(number / kills, "kill") for number in range(kills)] + _spread(rotations, "rotate"))
        for share, what in moments:
            self._wait(lambda share=share: self._entries() >= share * self.triggers + self.random.randint(1, 10))
            self._kill() if what == "kill" else self._rotate()
        self._wait(lambda: self._entries() == self.triggers and self._unsaid() == 0)
        self._wait(lambda: in_database(self.site, _unsettled) == 0, look_seconds=1.0)
        return self._aftermath()

    async def _fill(self, tx: Transaction) -> None:
        await fill_queue(tx, self.services)

    def _kill(self) -> None:
        kill(self.site, "worker")
        self.site.start_worker()
        self.kills += 1

    def _rotate(self) -> None:
        """A new key, which billing is told of; then the overlap is over, as it would be a week later."""

        async def rotate(tx: Transaction) -> str:
            root, overlap = self.site.keys.ours, timedelta(hours=1)
            return (await keys.rotate(tx, root, overlap=overlap, random_bytes=secrets.token_bytes)).public_key

        async def end_overlap(tx: Transaction) -> None:
            ending = update(BillingKey).where(BillingKey.valid_until.is_not(None))
            await tx.session.execute(ending.values(valid_until=tx.now))

        with self.site.trusted_keys.open("a") as file:
            file.write(in_database(self.site, rotate) + "\n")
        in_database(self.site, end_overlap)
        self.rotations += 1

    def _wait(self, is_true: Callable[[], bool], *, look_seconds: float = LOOK_SECONDS) -> None:
        while not is_true():
            assert time.monotonic() < self._deadline, f"stuck at {self._entries()} of {self.triggers}"
            time.sleep(look_seconds)

    def _entries(self) -> int:
        return self._ledger("select count(*) from entry")[0][0]

    def _unsaid(self) -> int:
        """Acknowledgements that did not reach us yet."""
        return self._ledger("select count(*) from acknowledgement where delivered_at is null")[0][0]

    def _ledger(self, sql: str) -> list[tuple]:
        with closing(sqlite3.connect(self.site.ledger)) as ledger:
            return ledger.execute(sql).fetchall()

    def _aftermath(self) -> Aftermath:
        async def read(tx: Transaction) -> tuple[set[str], dict[str, int], int]:
            told = {str(found) for found in await tx.session.scalars(select(BillingTrigger.id))}
            counts = select(BillingTrigger.state, func.count()).group_by(BillingTrigger.state)
            states = {str(state): count for state, count in await tx.session.execute(counts)}
            at_work = BillingStream.due_at.is_not(None) | BillingStream.parked_at.is_not(None)
            return told, states, (await tx.session.scalars(select(func.count()).where(at_work))).one()

        told, states, at_work = in_database(self.site, read)
        by_arrival = "select stream, sequence from callback order by rowid"
        by_effect = "select c.stream, c.sequence from entry e join callback c using (trigger_id) order by e.id"
        return Aftermath(
            told=told,
            states=states,
            streams_at_work=at_work,
            effects=[found for (found,) in self._ledger("select trigger_id from entry order by id")],
            waiting_or_rejected=self._ledger("select count(*) from callback where state <> 'applied'")[0][0],
            arrived=_by_stream(self._ledger(by_arrival)),
            applied=_by_stream(self._ledger(by_effect)),
        )


def _spread(count: int, what: str) -> list[tuple[float, str]]:
    return [((number + 0.5) / count, what) for number in range(count)]


def _by_stream(rows: list[tuple]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for stream, sequence in rows:
        found.setdefault(stream, []).append(sequence)
    return found


async def _unsettled(tx: Transaction) -> int:
    """Triggers that billing has not acknowledged, and streams that somebody still looks at."""
    open_ones = select(func.count()).where(BillingTrigger.state != TriggerState.APPLIED)
    at_work = select(func.count()).where(BillingStream.due_at.is_not(None))
    return (await tx.session.scalars(open_ones)).one() + (await tx.session.scalars(at_work)).one()
