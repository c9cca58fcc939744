"""Enrolment: a one-time code makes a phone of a technician, and of nobody else; and how a phone ends."""

import base64
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key

from backend.identity import devices
from backend.identity.principal import Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.identity import (
    Bearer,
    make_user,
    public_text,
)
from tests.fakes import FixedClock
from tests.identity.phones import DEVICES, MINE, code_for, enrolment, manager, phone_of, renew, technician


async def test_a_code_makes_a_phone_that_may_call(api: httpx.AsyncClient, database: Database) -> None:
    user = await technician(database)

    answer = await api.post(DEVICES, json=enrolment(await code_for(database, user)))

    assert answer.status_code == 201
    assert answer.json()["technician_id"] == str(user.technician_id)
    assert (await api.get(MINE, auth=Bearer(answer.json()["access_token"]))).status_code == 200


async def test_a_dispatcher_hands_out_a_code(api: httpx.AsyncClient, database: Database) -> None:
    user, browser = await technician(database), await manager(database)

    code = (await api.post(f"/api/v1/users/{user.id}/enrolment-codes", auth=browser)).json()["code"]

    assert (await api.post(DEVICES, json=enrolment(f" {code.lower()} "))).status_code == 201


async def test_a_code_is_for_technicians(api: httpx.AsyncClient, database: Database) -> None:
    browser = await manager(database)
    async with database.transaction(SYSTEM, "test") as tx:
        user = await make_user(tx, Role.AGENT)

    answer = await api.post(f"/api/v1/users/{user.id}/enrolment-codes", auth=browser)

    assert answer.json()["code"] == "not_a_technician"


async def test_a_contractor_hands_out_no_codes_for_others(api: httpx.AsyncClient, database: Database) -> None:
    user, browser = await technician(database), await manager(database, Role.CONTRACTOR_MANAGER)

    assert (await api.post(f"/api/v1/users/{user.id}/enrolment-codes", auth=browser)).status_code == 404


async def test_a_code_serves_once(api: httpx.AsyncClient, database: Database) -> None:
    code = await code_for(database, await technician(database))
    await api.post(DEVICES, json=enrolment(code))

    again = await api.post(DEVICES, json=enrolment(code))

    assert (again.status_code, again.json()["code"]) == (403, "bad_enrolment_code")


async def test_a_code_expires(api: httpx.AsyncClient, database: Database, clock: FixedClock) -> None:
    code = await code_for(database, await technician(database))
    clock.advance(devices.CODE_LIFETIME.total_seconds())

    assert (await api.post(DEVICES, json=enrolment(code))).json()["code"] == "bad_enrolment_code"


async def test_a_wrong_code_is_refused(api: httpx.AsyncClient) -> None:
    assert (await api.post(DEVICES, json=enrolment("AAAAAAAAAA"))).json()["code"] == "bad_enrolment_code"


async def test_the_code_of_a_technician_who_left_is_refused(api: httpx.AsyncClient, database: Database) -> None:
    code = await code_for(database, await technician(database, is_active=False))

    assert (await api.post(DEVICES, json=enrolment(code))).json()["code"] == "bad_enrolment_code"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "not base64",
        "ä",
        base64.b64encode(b"not a key").decode(),
        public_text(generate_private_key(SECP384R1())),  # a curve that browsers know and phones do not use here
    ],
)
async def test_only_keys_on_the_curve_p_256_enrol(api: httpx.AsyncClient, database: Database, key: str) -> None:
    code = await code_for(database, await technician(database))

    refused = await api.post(DEVICES, json=enrolment(code, public_key=key))

    assert (refused.status_code, refused.json()["code"]) == (422, "bad_device_key")
    assert (await api.post(DEVICES, json=enrolment(code))).status_code == 201


async def test_a_lost_phone_is_told_so_at_its_next_request(api: httpx.AsyncClient, database: Database) -> None:
    phone = await phone_of(database, await technician(database))

    ended = await api.post(f"{DEVICES}/{phone.tokens.device_id}/revocation", auth=await manager(database))

    answer = await api.get(MINE, auth=Bearer(phone.tokens.access_token))
    assert (ended.status_code, ended.json()["revoked_at"] is not None) == (200, True)
    assert (answer.status_code, answer.json()["code"]) == (403, "device_revoked")


async def test_a_lost_phone_that_comes_back_late_is_told_so_too(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone = await phone_of(database, await technician(database))
    await api.post(f"{DEVICES}/{phone.tokens.device_id}/revocation", auth=await manager(database))
    clock.advance(devices.REFRESH_LIFETIME.total_seconds() + 1)

    answer = await renew(api, phone, phone.renewal(clock.now()))

    assert (answer.status_code, answer.json()["code"]) == (403, "device_revoked")


async def test_revoking_again_keeps_the_first_time(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    phone, browser = await phone_of(database, await technician(database)), await manager(database)
    path = f"{DEVICES}/{phone.tokens.device_id}/revocation"
    first = (await api.post(path, auth=browser)).json()

    clock.advance(60)

    assert (await api.post(path, auth=browser)).json() == first


async def test_a_contractor_cannot_end_the_phones_of_others(api: httpx.AsyncClient, database: Database) -> None:
    phone = await phone_of(database, await technician(database))
    browser = await manager(database, Role.CONTRACTOR_MANAGER)

    own = await api.post(f"{DEVICES}/{uuid4()}/revocation", auth=browser)
    other = await api.post(f"{DEVICES}/{phone.tokens.device_id}/revocation", auth=browser)

    assert (own.status_code, other.status_code) == (404, 404)
    assert (await api.get(MINE, auth=Bearer(phone.tokens.access_token))).status_code == 200
