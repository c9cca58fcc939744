"""A phone's tokens: renewed by its own key, over when they were copied, and the lease that came with them."""

import base64
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete, func, select, update

from backend.identity import devices
from backend.identity.models import Device, DeviceToken, User
from backend.identity.principal import Lapse
from backend.identity.queries import principal_of_device
from backend.identity.schemas import DeviceTokens
from backend.identity.secrets import PROOF_WINDOW, hashed, new_refresh_token, proof_text
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.feed import FeedEpoch
from tests.factories.identity import (
    Bearer,
    Phone,
    new_key,
    signed,
)
from tests.fakes import FixedClock
from tests.identity.phones import MINE, TOKENS, phone_of, renew, technician


async def test_access_ends_after_a_quarter_of_an_hour(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    access = Bearer(phone.tokens.access_token)

    clock.advance(devices.ACCESS_LIFETIME.total_seconds() - 1)
    assert (await api.get(MINE, auth=access)).status_code == 200
    clock.advance(1)
    assert (await api.get(MINE, auth=access)).status_code == 401


async def test_a_phone_renews_its_tokens_with_its_key(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    before = phone.tokens

    answer = await renew(api, phone, phone.renewal(clock.now()))

    assert answer.status_code == 201
    assert phone.tokens.refresh_token != before.refresh_token
    assert (answer.json()["device_id"], answer.json()["outbox_id"]) == (str(before.device_id), str(before.outbox_id))
    assert (await api.get(MINE, auth=Bearer(phone.tokens.access_token))).status_code == 200


async def test_a_refresh_token_opens_no_route(api: httpx.AsyncClient, database: Database) -> None:
    phone = await phone_of(database, await technician(database))

    assert (await api.get(MINE, auth=Bearer(phone.tokens.refresh_token))).status_code == 401


async def test_an_access_token_renews_nothing(api: httpx.AsyncClient, database: Database, clock: FixedClock) -> None:
    phone = await phone_of(database, await technician(database))

    answer = await renew(api, phone, phone.renewal(clock.now(), token=phone.tokens.access_token))

    assert answer.json()["code"] == "bad_refresh"


async def test_a_stolen_token_without_the_key_is_worth_nothing(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    thief = Phone(key=new_key(), tokens=phone.tokens)

    answer = await renew(api, thief, thief.renewal(clock.now()))

    assert (answer.status_code, answer.json()["code"]) == (403, "bad_refresh")


async def test_the_proof_is_of_the_time_as_it_is_written(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    as_browsers_write_it = clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    proof = signed(phone.key, proof_text(phone.tokens.refresh_token, as_browsers_write_it))
    body = {"refresh_token": phone.tokens.refresh_token, "signed_at": as_browsers_write_it, "signature": proof}

    assert (await renew(api, phone, body)).status_code == 201


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_proof_of_another_time_does_not_hold(
    api: httpx.AsyncClient, database: Database, clock: FixedClock, minutes: int
) -> None:
    phone = await phone_of(database, await technician(database))
    assert timedelta(minutes=6) > PROOF_WINDOW

    answer = await renew(api, phone, phone.renewal(clock.now() + timedelta(minutes=minutes)))

    assert answer.json()["code"] == "bad_refresh"


@pytest.mark.parametrize(
    "change",
    [
        {"signature": ""},
        {"signature": "ä"},
        {"signature": base64.b64encode(bytes(64)).decode()},
        {"signature": base64.b64encode(bytes(120)).decode()},
        {"signed_at": "yesterday"},
        {"signed_at": "2026-06-01T06:00:00"},
        {"signed_at": "0001-01-01T00:00:00+14:00"},
        {"refresh_token": "trr_guess"},
    ],
)
async def test_a_proof_that_is_not_one_is_refused(
    api: httpx.AsyncClient, database: Database, clock: FixedClock, change: dict[str, str]
) -> None:
    phone = await phone_of(database, await technician(database))

    answer = await renew(api, phone, phone.renewal(clock.now()) | change)

    assert (answer.status_code, answer.json()["code"]) == (403, "bad_refresh")


async def test_a_lost_answer_does_not_log_a_phone_out(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    body = phone.renewal(clock.now())
    lost = (await api.post(TOKENS, json=body)).json()

    clock.advance(devices.ROTATION_GRACE.total_seconds())
    again = await renew(api, phone, body)

    assert again.status_code == 201
    assert (await api.get(MINE, auth=Bearer(phone.tokens.access_token))).status_code == 200
    assert (await api.get(MINE, auth=Bearer(lost["access_token"]))).status_code == 401


async def test_the_token_before_is_over_after_a_minute(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    before = phone.tokens.refresh_token
    await renew(api, phone, phone.renewal(clock.now()))

    clock.advance(devices.ROTATION_GRACE.total_seconds() + 1)
    answer = await renew(api, phone, phone.renewal(clock.now(), token=before))

    assert (answer.status_code, answer.json()["code"]) == (403, "bad_refresh")


async def aged(api: httpx.AsyncClient, database: Database, clock: FixedClock) -> tuple[Phone, str]:
    """A phone that has renewed its tokens twice, and its oldest refresh token."""
    phone = await phone_of(database, await technician(database))
    oldest = phone.tokens.refresh_token
    for _ in range(2):
        await renew(api, phone, phone.renewal(clock.now()))
    return phone, oldest


async def test_an_old_token_with_the_right_key_ends_every_token_of_the_device(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone, oldest = await aged(api, database, clock)

    copied = await api.post(TOKENS, json=phone.renewal(clock.now(), token=oldest))

    assert copied.json()["code"] == "bad_refresh"
    assert (await api.get(MINE, auth=Bearer(phone.tokens.access_token))).status_code == 401
    assert (await renew(api, phone, phone.renewal(clock.now()))).json()["code"] == "bad_refresh"


async def test_that_a_phone_was_copied_is_kept(api: httpx.AsyncClient, database: Database, clock: FixedClock) -> None:
    phone, oldest = await aged(api, database, clock)
    await api.post(TOKENS, json=phone.renewal(clock.now(), token=oldest))

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.get_one(Device, UUID(str(phone.tokens.device_id)))).replayed_at == clock.now()


async def test_an_old_token_without_the_key_ends_nothing(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone, oldest = await aged(api, database, clock)
    thief = Phone(key=new_key(), tokens=phone.tokens)

    await api.post(TOKENS, json=thief.renewal(clock.now(), token=oldest))

    assert (await renew(api, phone, phone.renewal(clock.now()))).status_code == 201


async def restored(database: Database, backup: DeviceTokens) -> None:
    """Put the tokens of a device back to where a backup had them."""
    async with database.transaction(SYSTEM, "test") as tx:
        await tx.session.execute(delete(DeviceToken).where(DeviceToken.device_id == backup.device_id))
        token = DeviceToken(
            token_hash=hashed(backup.refresh_token),
            device_id=backup.device_id,
            is_refresh=True,
            generation=1,
            expires_at=tx.now + devices.REFRESH_LIFETIME,
        )
        tx.add(token)
        await tx.session.execute(update(FeedEpoch).values(restored_at=tx.now))


async def test_a_restored_server_renews_a_token_that_it_has_forgotten_by_the_key(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    backup = phone.tokens
    for _ in range(3):
        await renew(api, phone, phone.renewal(clock.now()))
    await restored(database, backup)

    answer = await renew(api, phone, phone.renewal(clock.now()))

    assert answer.status_code == 201
    assert (await api.get(MINE, auth=Bearer(phone.tokens.access_token))).status_code == 200


async def test_a_server_that_was_never_restored_takes_no_token_for_one_that_it_has_forgotten(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    forged = new_refresh_token(phone.tokens.device_id, 2)

    answer = await renew(api, phone, phone.renewal(clock.now(), token=forged))

    assert answer.json()["code"] == "bad_refresh"


async def lapse_of(database: Database, phone: Phone) -> Lapse | None:
    found = await principal_of_device(database.reads, phone.tokens.access_token, database.clock.now())
    assert found is not None
    return found.lapse


async def test_a_phone_is_told_how_long_it_may_go_without_the_server(database: Database) -> None:
    phone = await phone_of(database, await technician(database))

    assert phone.tokens.lease_seconds == 72 * 3600


async def test_a_phone_that_returns_within_its_lease_has_no_lapse(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))

    clock.advance(72 * 3600)
    await renew(api, phone, phone.renewal(clock.now()))

    assert await lapse_of(database, phone) is None


async def test_a_phone_that_returns_later_is_known_to_have_had_none(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    enrolled_at = clock.now()

    clock.advance(5 * 24 * 3600)
    await renew(api, phone, phone.renewal(clock.now()))

    ran_out_at = enrolled_at + devices.ACCESS_LIFETIME + timedelta(hours=72)
    assert await lapse_of(database, phone) == Lapse(since=ran_out_at, until=clock.now())


async def test_tokens_that_are_over_do_not_pile_up(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    for _ in range(4):
        await renew(api, phone, phone.renewal(clock.now()))

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.scalars(select(func.count()).select_from(DeviceToken))).one() == 4


async def test_a_phone_that_was_away_for_a_month_enrols_again(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    clock.advance(devices.REFRESH_LIFETIME.total_seconds())

    assert (await renew(api, phone, phone.renewal(clock.now()))).json()["code"] == "bad_refresh"


async def test_the_phone_of_a_technician_who_left_is_nobodys(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    user = await technician(database)
    phone = await phone_of(database, user)
    async with database.transaction(SYSTEM, "test") as tx:
        (await tx.session.get_one(User, user.id)).is_active = False

    assert (await api.get(MINE, auth=Bearer(phone.tokens.access_token))).status_code == 401
    assert (await renew(api, phone, phone.renewal(clock.now()))).json()["code"] == "bad_refresh"
