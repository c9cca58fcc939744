"""What a new deployment needs before anybody can log in or billing can answer: set once, from the command line."""

import asyncio
import secrets
from datetime import timedelta

from backend.billing import keys
from backend.billing.schemas import KeyView
from backend.identity import second_factors, staffing
from backend.identity import service as identity
from backend.identity.principal import Role
from backend.identity.secrets import hash_password
from backend.kernel.audit import SYSTEM
from backend.kernel.db import open_database
from backend.parts import BEFORE_COMMIT
from backend.settings import Settings
from clients.billing.signatures import read_verifying_key
from clients.evidence.keys import PublishedKeys


async def add_administrator(settings: Settings, *, email: str, name: str, password: str) -> None:
    """A user with every right, in the operator's own organisation. A taken address is refused by the database."""
    password_hash = await asyncio.to_thread(hash_password, password)
    database = await open_database(settings.database_url, before_commit=BEFORE_COMMIT)
    async with database.transaction(SYSTEM, "add_administrator") as tx:
        await staffing.put_organisation(tx, settings.operator_name, is_contractor=False)
        operator = (await staffing.organisation_named(tx, settings.operator_name)).id
        await identity.add_user(
            tx,
            email=email,
            name=name,
            role=Role.ADMINISTRATOR,
            organisation_id=operator,
            password_hash=password_hash,
        )
    await database.close()


async def set_password(settings: Settings, *, email: str, password: str) -> None:
    """Raises UnknownUser, RoleDoesNotFit."""
    password_hash = await asyncio.to_thread(hash_password, password)
    database = await open_database(settings.database_url, before_commit=BEFORE_COMMIT)
    try:
        async with database.transaction(SYSTEM, "set_password") as tx:
            await staffing.set_password(tx, email, password_hash)
    finally:
        await database.close()


async def forget_second_factor(settings: Settings, *, email: str) -> None:
    """Raises UnknownUser."""
    database = await open_database(settings.database_url, before_commit=BEFORE_COMMIT)
    try:
        async with database.transaction(SYSTEM, "forget_second_factor") as tx:
            await second_factors.forget(tx, (await staffing.user_at(tx, email)).id)
    finally:
        await database.close()


async def billing_keys(settings: Settings) -> list[KeyView]:
    """The public keys by which billing can tell that it is us."""
    database = await open_database(settings.database_url)
    async with database.snapshot(SYSTEM, "billing_keys") as tx:
        found = await keys.see(tx, settings.billing_signing_key)
    await database.close()
    return found


async def published_keys(settings: Settings) -> PublishedKeys:
    """All public keys that ever signed here, with when they did: who keeps evidence bundles needs them."""
    database = await open_database(settings.database_url, before_commit=BEFORE_COMMIT)
    try:
        if settings.billing_signing_key:
            await keys.remember(database, settings.billing_signing_key)
        async with database.snapshot(SYSTEM, "published_keys") as tx:
            return PublishedKeys(keys=await keys.published(tx))
    finally:
        await database.close()


async def rotate_billing_key(settings: Settings, *, overlap: timedelta) -> KeyView:
    """A new key, beside which the present ones sign until the overlap is over. Raises OverlapTooShort, KeyMalformed."""
    database = await open_database(settings.database_url, before_commit=BEFORE_COMMIT)
    try:
        async with database.transaction(SYSTEM, "rotate_billing_key") as tx:
            root = settings.billing_signing_key
            return await keys.rotate(tx, root, overlap=overlap, random_bytes=secrets.token_bytes)
    finally:
        await database.close()


async def trust_billing(settings: Settings, *, key_id: str, public_key: str) -> None:
    """Take billing's signatures by this key from now on. Raises KeyMalformed."""
    read_verifying_key(public_key)
    database = await open_database(settings.database_url, before_commit=BEFORE_COMMIT)
    async with database.transaction(SYSTEM, "trust_billing") as tx:
        await identity.register_key(tx, key_id, Role.BILLING_SYSTEM, public_key)
    await database.close()
