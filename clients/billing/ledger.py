"""The ledger: takes each trigger in exactly once, in the order of its stream, and queues the answer with the effect.

Four promises that a real billing system must keep, too (see README.md): a trigger id counts once; a stream is applied
in sequence; effect and acknowledgement are one transaction; what was taken is on the disk before anyone is told.
"""

from collections.abc import Callable, Sequence, Set
from datetime import datetime
from uuid import UUID

import msgspec

from clients.billing import statements
from clients.billing.charges import BilledPeriod, Entry
from clients.billing.intake import Intake, Receipt, TooManyWaiting, entry_of
from clients.billing.messages import Extract, ExtractItem, Trigger
from clients.billing.storage import Storage

MAX_EXTRACT_ENTRIES = 200_000
"""Entries read for one extract (about 60 MB of answer). More needs an extract in pages, which the contract lacks."""


class ExtractTooLarge(Exception):
    """The ledger has outgrown an extract in one piece. A part of it would look like billing that is missing."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is: entries, triggers waiting for a gap to close, rejected ones, acknowledgements to send."""

    entries: int
    waiting: int
    rejected: int
    acknowledgements_queued: int


class Ledger:
    """The ledger in one file. Methods may be called from any thread; each is one transaction."""

    def __init__(
        self,
        storage: Storage,
        *,
        new_id: Callable[[], UUID],
        after_commit: Callable[[Receipt], None] = lambda _receipt: None,
        never_end: Set[UUID] = frozenset(),
    ) -> None:
        """new_id: ids for acknowledgements. after_commit: called before any other thread can see what was written.

        never_end: services of which the extract, as a fault drill, tells no end of any period.
        """
        self.storage = storage
        self._new_id = new_id
        self._after_commit = after_commit
        self._never_end = never_end

    def receive(self, trigger: Trigger, *, now: datetime) -> Receipt:
        """Take in one trigger whose sender is proven. Raises TooManyWaiting; nothing is stored then."""
        (receipt,) = self.receive_together([trigger], now=now)
        if isinstance(receipt, TooManyWaiting):
            raise receipt
        return receipt

    def receive_together(self, triggers: Sequence[Trigger], *, now: datetime) -> list[Receipt | TooManyWaiting]:
        """Take in triggers that happen to come at the same time; one that finds no room is left out, and no other."""
        with self.storage.exclusive():
            with self.storage.transaction() as tx:
                intake = Intake(tx, now=now, new_id=self._new_id)
                receipts = [_receipt(intake, trigger) for trigger in triggers]
            for receipt in receipts:
                if isinstance(receipt, Receipt):
                    self._after_commit(receipt)
        return receipts

    def receive_page(self, triggers: Sequence[Trigger], *, position: int, now: datetime) -> list[Receipt]:
        """Take in what was fetched together with how far the feed is read by it: all or nothing.

        position: `next_after` of the page. Raises TooManyWaiting; nothing is stored then.
        """
        with self.storage.exclusive():
            with self.storage.transaction() as tx:
                intake = Intake(tx, now=now, new_id=self._new_id)
                receipts = [intake.take(trigger) for trigger in triggers]
                tx.execute(
                    "insert into feed (singleton, position) values (1, ?)"
                    " on conflict (singleton) do update set position = excluded.position",
                    (position,),
                )
            for receipt in receipts:
                self._after_commit(receipt)
        return receipts

    def feed_position(self) -> int:
        """How far the feed was read; 0 before the first page."""
        return sum(row["position"] for row in self.storage.read("select position from feed"))

    def entries(self) -> list[Entry]:
        """All entries, in the order made."""
        return [entry_of(row) for row in self.storage.read("select * from entry order by id")]

    def running_subscriptions(self) -> list[BilledPeriod]:
        """What is billed month after month, as of the last entry."""
        return statements.running_subscriptions(self.entries())

    def extract(self, *, as_of: datetime) -> Extract:
        """Everything billed. Raises ExtractTooLarge."""
        if self.counts().entries > MAX_EXTRACT_ENTRIES:
            raise ExtractTooLarge(f"the ledger has more than {MAX_EXTRACT_ENTRIES} entries")
        extract = statements.extract(self.entries(), as_of=as_of)
        if not self._never_end:
            return extract
        return msgspec.structs.replace(extract, items=[self._without_end(item) for item in extract.items])

    def _without_end(self, item: ExtractItem) -> ExtractItem:
        return msgspec.structs.replace(item, billed_until=None) if item.service_id in self._never_end else item

    def totals(self) -> list[statements.Total]:
        """Sums by currency."""
        return statements.totals(self.entries())

    def counts(self) -> Counts:
        """All counts, as of one moment."""
        (row,) = self.storage.read(
            "select (select count(*) from entry) as entries,"
            " (select count(*) from callback where state = 'waiting') as waiting,"
            " (select count(*) from callback where state = 'rejected') as rejected,"
            " (select count(*) from acknowledgement where delivered_at is null) as acknowledgements_queued"
        )
        return msgspec.convert(dict(row), Counts)


def _receipt(intake: Intake, trigger: Trigger) -> Receipt | TooManyWaiting:
    try:
        return intake.take(trigger)
    except TooManyWaiting as full:
        return full
