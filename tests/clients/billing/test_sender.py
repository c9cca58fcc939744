"""The sender of acknowledgements: signed, repeated until taken, with pauses."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from clients.billing.messages import Acknowledgement, Acknowledgements, Kind
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


async def test_what_is_due_together_is_told_in_one_request_each_under_its_own_id(world):
    await world.deliver(trigger(1))
    await world.deliver(trigger(2, Kind.STOP))

    sent = await world.sender.send_due()

    (request,) = world.truckroll.requests
    verify(request.headers, request.content, keys=[read_verifying_key(RECEIVER_PUBLIC)], now=NOW)
    told = msgspec.json.decode(request.content, type=Acknowledgements, strict=True)
    each = [msgspec.json.decode(one.message, type=Acknowledgement) for one in told.data]
    assert (sent, request.url.path) == (2, "/api/v1/billing/acknowledgement-batches")
    assert [one.data.trigger_id for one in each] == [UUID(int=1001), UUID(int=1002)]
    assert len({request.headers["webhook-id"], *(one.message_id for one in told.data)}) == 3
    assert world.ledger.counts().acknowledgements_queued == 0


async def test_only_those_that_were_not_taken_are_told_again(world):
    await world.deliver(trigger(1))
    await world.deliver(trigger(2, Kind.STOP))
    world.truckroll.leaves_out = {str(UUID(int=1002))}
    await world.sender.send_due()
    world.truckroll.leaves_out = set()
    world.now += timedelta(seconds=2)

    sent = await world.sender.send_due()

    _, again = world.truckroll.requests
    assert (sent, again.url.path) == (1, "/api/v1/billing/acknowledgements")
    assert msgspec.json.decode(again.content, type=Acknowledgement).data.trigger_id == UUID(int=1002)


@pytest.mark.parametrize("status", [404, 413])
async def test_where_many_are_refused_each_goes_by_itself(world, status):
    await world.deliver(trigger(1))
    await world.deliver(trigger(2, Kind.STOP))
    world.truckroll.status_together = status

    await world.sender.send_due()

    paths = [request.url.path.rpartition("/")[2] for request in world.truckroll.requests]
    assert paths == ["acknowledgement-batches", "acknowledgements", "acknowledgements"]
    assert world.ledger.counts().acknowledgements_queued == 0


@pytest.mark.parametrize("status", [0, 301, 401, 500, 503])
async def test_while_truckroll_is_away_nobody_calls_it_for_each(world, status):
    await world.deliver(trigger(1))
    await world.deliver(trigger(2, Kind.STOP))
    world.truckroll.status_together = status

    await world.sender.send_due()

    assert len(world.truckroll.requests) == 1
    assert world.ledger.counts().acknowledgements_queued == 2


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
