"""Phones of people who may and may not have one, as tests of devices need them."""

from typing import Any

import httpx

from backend.identity.models import User
from backend.identity.principal import Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.identity import (
    Browser,
    Phone,
    make_code,
    make_phone,
    make_session,
    make_user,
    new_key,
    public_text,
)

DEVICES = "/api/v1/devices"
TOKENS = "/api/v1/devices/tokens"
MINE = "/api/v1/cpe-models"  # any route that a phone may read


async def technician(database: Database, **changes: Any) -> User:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_user(tx, Role.TECHNICIAN, **changes)


async def code_for(database: Database, user: User, **changes: Any) -> str:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_code(tx, user, **changes)


async def phone_of(database: Database, user: User) -> Phone:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_phone(tx, user)


async def manager(database: Database, role: Role = Role.SUPERVISOR) -> Browser:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_session(tx, await make_user(tx, role))


def enrolment(code: str, **changes: str) -> dict[str, str]:
    return {"code": code, "public_key": public_text(new_key()), "name": "A phone"} | changes


async def renew(api: httpx.AsyncClient, phone: Phone, body: dict[str, str]) -> httpx.Response:
    answer = await api.post(TOKENS, json=body)
    if answer.status_code == 201:
        phone.tokens = type(phone.tokens)(**answer.json())
    return answer
