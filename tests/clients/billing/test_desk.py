"""The desk: callbacks that come together are one transaction, and one that cannot be taken in holds up no other."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from clients.billing.desk import Desk
from clients.billing.intake import MAX_WAITING, Receipt, TooManyWaiting
from clients.billing.ledger import Ledger
from clients.billing.messages import Trigger
from clients.billing.storage import Storage
from tests.clients.billing.triggers import NOW, trigger


class Watched(Ledger):
    """Notes how many callbacks each transaction had. broken: the trigger at which the disk fails."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage, new_id=uuid4)
        self.sizes: list[int] = []
        self.broken: UUID | None = None

    def receive_together(self, triggers: Sequence[Trigger], *, now: datetime) -> list[Receipt | TooManyWaiting]:
        self.sizes.append(len(triggers))
        if self.broken in {one.trigger_id for one in triggers}:
            raise OSError("disk full")
        return super().receive_together(triggers, now=now)


@pytest.fixture
def ledger(tmp_path):
    storage = Storage(tmp_path / "ledger.db")
    yield Watched(storage)
    storage.close()


async def receive(ledger: Ledger, *triggers: Trigger) -> list[Any]:
    """The receipt of each, or what it raised."""
    desk = Desk(ledger, lambda: NOW)
    return await asyncio.gather(*(desk.receive(one) for one in triggers), return_exceptions=True)


def stream(number: int, **changes) -> Trigger:
    """The start of a service of its own."""
    return trigger(number, sequence=1, service_id=UUID(int=number), **changes)


async def test_callbacks_that_come_at_once_share_a_transaction_and_each_has_its_answer(ledger, anyio_backend):
    receipts = await receive(ledger, *(stream(number) for number in range(1, 11)))

    assert [receipt.trigger_id.int for receipt in receipts] == [1000 + number for number in range(1, 11)]
    assert ledger.sizes == [10]
    assert ledger.counts().entries == 10


async def test_the_same_callback_twice_at_once_counts_once(ledger, anyio_backend):
    first, second = await receive(ledger, stream(1), stream(1))

    assert (first.duplicate, second.duplicate) == (False, True)
    assert ledger.counts().entries == 1


async def test_one_that_finds_no_room_is_refused_and_the_others_are_taken(ledger, anyio_backend):
    await receive(ledger, *(trigger(number) for number in range(2, MAX_WAITING + 2)))

    full, taken = await receive(ledger, trigger(MAX_WAITING + 2), stream(5000))

    assert isinstance(full, TooManyWaiting)
    assert (taken.trigger_id, ledger.counts().waiting) == (UUID(int=6000), MAX_WAITING)


async def test_one_that_breaks_the_transaction_holds_up_no_other(ledger, anyio_backend):
    ledger.broken = UUID(int=1002)

    before, broken, behind = await receive(ledger, stream(1), stream(2), stream(3))

    assert isinstance(broken, OSError)
    assert (before.trigger_id, behind.trigger_id) == (UUID(int=1001), UUID(int=1003))
    assert (ledger.sizes, ledger.counts().entries) == ([3, 1, 1, 1], 2)


async def test_who_hangs_up_holds_up_no_other(ledger, anyio_backend):
    desk = Desk(ledger, lambda: NOW)
    gone, stays = (asyncio.create_task(desk.receive(stream(number))) for number in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()

    assert (await stays).trigger_id == UUID(int=1002)
    assert ledger.counts().entries == 2
