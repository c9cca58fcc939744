"""Our keys change with an overlap: whoever trusts the old or the new one takes every message all along."""

import base64
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from backend.billing import keys
from backend.billing.keys import SHORTEST_OVERLAP, KeyRing
from backend.billing.models import BillingKey
from backend.billing.schemas import KeyView, OverlapTooShort
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from clients.billing.messages import Callback
from clients.billing.signatures import (
    SIGNATURE_HEADER,
    SignatureUnmatched,
    read_verifying_key,
    sign,
    verify,
    write_key_pair,
)
from tests.clients.billing.triggers import trigger
from tests.factories.receiver import OUR_PRIVATE, OUR_PUBLIC, STRANGER_PRIVATE, STRANGER_PUBLIC
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
BODY = msgspec.json.encode(Callback(type="billing.start", timestamp=MONDAY, data=trigger(1)))


async def rotate(database: Database, root: str = OUR_PRIVATE, *, overlap: timedelta = HOUR, seed: int = 1) -> KeyView:
    async with database.transaction(SYSTEM, "test") as tx:
        return await keys.rotate(tx, root, overlap=overlap, random_bytes=Random(seed).randbytes)


async def signed(ring: KeyRing, clock: FixedClock) -> dict[str, str]:
    return sign(message_id="message-1", sent_at=clock.now(), body=BODY, keys=await ring.signing())


def is_taken_by(public_key: str, headers: dict[str, str], clock: FixedClock) -> bool:
    try:
        verify(headers, BODY, keys=[read_verifying_key(public_key)], now=clock.now())
    except SignatureUnmatched:
        return False
    return True


async def test_before_any_rotation_the_key_of_the_settings_signs_alone(database: Database, clock: FixedClock):
    headers = await signed(KeyRing(database, OUR_PRIVATE), clock)

    assert is_taken_by(OUR_PUBLIC, headers, clock)
    assert len(headers[SIGNATURE_HEADER].split(" ")) == 1


async def test_both_keys_sign_until_the_overlap_is_over_and_the_new_one_alone_after_it(
    database: Database, clock: FixedClock
):
    ring = KeyRing(database, OUR_PRIVATE)
    new = (await rotate(database)).public_key
    during = await signed(ring, clock)
    taken_during = is_taken_by(OUR_PUBLIC, during, clock), is_taken_by(new, during, clock)

    clock.advance(HOUR.total_seconds())
    after = await signed(ring, clock)

    assert taken_during == (True, True)
    assert (is_taken_by(OUR_PUBLIC, after, clock), is_taken_by(new, after, clock)) == (False, True)


async def test_a_second_rotation_keeps_the_overlap_of_the_first(database: Database, clock: FixedClock):
    await rotate(database)
    clock.advance(60)
    await rotate(database, overlap=2 * HOUR, seed=2)

    async with database.snapshot(SYSTEM, "test") as tx:
        until = [key.valid_until for key in await keys.see(tx, OUR_PRIVATE)]

    assert until == [None, MONDAY + timedelta(minutes=1) + 2 * HOUR, MONDAY + HOUR]


async def test_an_overlap_that_is_shorter_than_a_signature_holds_is_refused(database: Database):
    with pytest.raises(OverlapTooShort):
        await rotate(database, overlap=SHORTEST_OVERLAP - timedelta(seconds=1))


async def test_the_database_holds_no_key_that_signs_without_the_one_of_the_settings(database: Database):
    await rotate(database)
    private, _ = write_key_pair(Random(1).randbytes(32))

    async with database.snapshot(SYSTEM, "test") as tx:
        kept = [row.sealed for row in await tx.session.scalars(select(BillingKey))]

    assert len(kept) == 2
    assert all(private.encode() not in base64.b64decode(sealed) for sealed in kept)


async def test_when_the_settings_name_another_key_that_one_signs_alone(database: Database, clock: FixedClock):
    new = await rotate(database)

    headers = await signed(KeyRing(database, STRANGER_PRIVATE), clock)

    assert [is_taken_by(public, headers, clock) for public in (new.public_key, STRANGER_PUBLIC)] == [False, True]


async def test_an_independent_library_takes_a_callback_that_is_signed_twice(database: Database):
    """HMAC is the version that `standardwebhooks` knows; ours beside it in Ed25519 must not disturb it."""
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    ring = KeyRing(database, secret)
    await rotate(database, secret)
    headers = sign(message_id="message-1", sent_at=datetime.now(UTC), body=BODY, keys=await ring.signing())

    assert Webhook(secret).verify(BODY, headers)["type"] == "billing.start"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace(b"4990", b"4991"), headers)
