"""Organisations, users, and the credentials with which each role calls."""

import base64
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import httpx
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.identity import devices, service
from backend.identity.models import EnrolmentCode, User
from backend.identity.principal import STAFF, TECHNICIANS, Role
from backend.identity.schemas import DeviceTokens, EnrolDevice
from backend.identity.secrets import SESSION_COOKIE, csrf_token, hashed, new_code, proof_text
from backend.kernel.clock import Clock
from backend.kernel.db import Transaction
from clients.billing.signatures import read_signing_key, sign, write_key_pair

PASSWORD = "correct horse battery staple"
SYSTEMS = frozenset({Role.BILLING_SYSTEM, Role.NETWORK_SYSTEM})


@cache
def password_hash() -> str:
    """A hash that is checked in no time: how much work that is stands in the hash itself."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


async def make_organisation(tx: Transaction, name: str = "Northbank Fibre", *, is_contractor: bool = False) -> UUID:
    organisation_id = await service.add_organisation(tx, name, is_contractor=is_contractor)
    await tx.flush()
    return organisation_id


async def make_user(tx: Transaction, role: Role = Role.DISPATCHER, **changes: Any) -> User:
    """A user of this role, of `organisation_id` or of a new organisation; technicians get a technician's id."""
    if "organisation_id" not in changes:
        contractors = (Role.CONTRACTOR_MANAGER, Role.CONTRACTOR_TECHNICIAN)
        changes["organisation_id"] = await make_organisation(tx, is_contractor=role in contractors)
    is_active = changes.pop("is_active", True)
    wanted: dict[str, Any] = {
        "email": f"{role}-{tx.new_id().hex[-8:]}@example.test",
        "name": "Aino Korhonen",
        "password_hash": password_hash() if role in STAFF else None,
        "technician_id": tx.new_id() if role in TECHNICIANS else None,
    }
    user = await tx.session.get_one(User, await service.add_user(tx, **(wanted | changes), role=role))
    user.is_active = is_active
    await tx.flush()
    return user


@dataclass(kw_only=True)
class Phone:
    """A device key and the tokens that it got last."""

    key: EllipticCurvePrivateKey
    tokens: DeviceTokens

    def renewal(self, at: datetime, *, token: str | None = None) -> dict[str, str]:
        """The body that renews the tokens, proven by this phone's key."""
        token, signed_at = token or self.tokens.refresh_token, at.isoformat()
        return {
            "refresh_token": token,
            "signed_at": signed_at,
            "signature": signed(self.key, proof_text(token, signed_at)),
        }


def signed(key: EllipticCurvePrivateKey, content: bytes) -> str:
    """r ‖ s in base64, as WebCrypto signs."""
    r, s = decode_dss_signature(key.sign(content, ECDSA(SHA256())))
    return base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()


def new_key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


def public_text(key: EllipticCurvePrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


async def make_code(tx: Transaction, user: User, *, lifetime: timedelta = devices.CODE_LIFETIME) -> str:
    code = new_code()
    tx.add(EnrolmentCode(id=tx.new_id(), user_id=user.id, code_hash=hashed(code), expires_at=tx.now + lifetime))
    await tx.flush()
    return code


async def make_phone(tx: Transaction, user: User) -> Phone:
    """A phone of this technician, enrolled."""
    key = new_key()
    command = EnrolDevice(code=await make_code(tx, user), public_key=public_text(key), name="A phone")
    return Phone(key=key, tokens=await devices.enrol(tx, command))


# --- Credentials, as httpx takes them ---------------------------------------------------------------------------------


class Bearer(httpx.Auth):
    """A phone's access token or a customer's link."""

    def __init__(self, token: str) -> None:
        self.token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = f"Bearer {self.token}"
        yield request


class Browser(httpx.Auth):
    """A session's cookie, and the CSRF token that a page of ours adds."""

    def __init__(self, token: str) -> None:
        self.token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["cookie"] = f"{SESSION_COOKIE}={self.token}"
        request.headers.setdefault("x-csrf-token", csrf_token(self.token))
        yield request


class Signed(httpx.Auth):
    """Another system, which signs each request with its key."""

    requires_request_body = True

    def __init__(self, key_id: str, private: str, clock: Clock) -> None:
        self.key_id, self.private, self.clock = key_id, private, clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        key = read_signing_key(self.private)
        request.headers["truckroll-key-id"] = self.key_id
        request.headers.update(sign(message_id="msg-1", sent_at=self.clock.now(), body=request.content, keys=[key]))
        yield request


async def make_session(tx: Transaction, user: User) -> Browser:
    token, _ = await service.open_session(tx, user)
    return Browser(token)


async def make_service_key(tx: Transaction, clock: Clock, role: Role = Role.BILLING_SYSTEM, **changes: Any) -> Signed:
    private, public = write_key_pair(bytes([changes.get("seed", 7)]) * 32)
    key_id = changes.get("key_id", str(role))
    await service.register_key(tx, key_id, role, public)
    return Signed(key_id, private, clock)


async def credential_of(tx: Transaction, clock: Clock, role: Role) -> httpx.Auth | None:
    """What a new caller of this role shows; None for one who shows nothing."""
    if role is Role.ANONYMOUS:
        return None
    if role is Role.CUSTOMER:
        return Bearer(await service.issue_link(tx, tx.new_id(), tx.now + timedelta(days=1)))
    if role in SYSTEMS:
        return await make_service_key(tx, clock, role)
    user = await make_user(tx, role)
    if role in TECHNICIANS:
        return Bearer((await make_phone(tx, user)).tokens.access_token)
    return await make_session(tx, user)
