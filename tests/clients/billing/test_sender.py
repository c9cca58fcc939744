"""The sender of acknowledgements: signed, repeated until taken, with pauses."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from clients.billing.messages import Acknowledgement
from clients.billing.sender import LONGEST_PAUSE_SECONDS
from clients.billing.signatures import read_verifying_key, verify
from tests.clients.billing.triggers import NOW, trigger
from tests.clients.billing.world import RECEIVER_PUBLIC


async def test_an_acknowledgement_is_signed_with_the_receivers_key_and_names_it(world):
    await world.deliver(trigger(1))

    await world.sender.send_due()

    (request,) = world.truckroll.requests
    proven = verify(request.headers, request.content, keys=[read_verifying_key(RECEIVER_PUBLIC)], now=NOW)
    told = msgspec.json.decode(request.content, type=Acknowledgement, strict=True)
    assert request.url == "http://127.0.0.1:9/api/v1/billing/acknowledgements"
    assert request.headers["truckroll-key-id"] == "billing-1"
    assert proven.message_id != str(told.data.trigger_id)
    assert (told.data.trigger_id, told.data.status, told.data.reason) == (UUID(int=1001), "applied", None)


async def test_an_acknowledgement_that_was_taken_is_not_sent_again(world):
    await world.deliver(trigger(1))
    await world.sender.send_due()
    world.now += timedelta(days=1)

    assert await world.sender.send_due() == 0
    assert world.ledger.counts().acknowledgements_queued == 0


@pytest.mark.parametrize("status", [0, 301, 400, 401, 500, 503])
async def test_an_acknowledgement_not_taken_is_sent_again_under_the_same_id_with_a_new_time(world, status):
    await world.deliver(trigger(1))
    world.truckroll.status = status
    await world.sender.send_due()
    world.truckroll.status = 200
    world.now += timedelta(seconds=2)

    await world.sender.send_due()

    first, second = world.truckroll.requests
    assert first.content == second.content
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 2
    assert world.ledger.counts().acknowledgements_queued == 0


async def test_an_acknowledgement_is_not_sent_before_its_pause_is_over(world):
    await world.deliver(trigger(1))
    world.truckroll.status = 503
    await world.sender.send_due()

    assert await world.sender.send_due() == 0


async def test_pauses_double_up_to_the_longest_and_differ_by_chance(world):
    pauses = [world.sender.pause_seconds(attempts) for attempts in (1, 2, 3, 50, 10_000)]

    assert [longest / 2 <= pause <= longest for longest, pause in zip((1, 2, 4, 300, 300), pauses, strict=True)]
    assert pauses[-1] != pauses[-2]
    assert max(pauses) <= LONGEST_PAUSE_SECONDS


async def test_the_sender_runs_with_the_app(world):
    async with world.app.lifespan():
        await world.deliver(trigger(1))
        for _ in range(1000):
            if world.truckroll.requests:
                break
            await world.http.get("/health")

    assert len(world.truckroll.requests) == 1
