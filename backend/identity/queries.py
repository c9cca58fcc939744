"""From a credential to a principal. Each function answers None for what does not hold."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import bindparam, func, select

from backend.identity.models import AccessLink, Device, DeviceToken, Organisation, ServiceKey, User, UserSession
from backend.identity.principal import TECHNICIANS, Barring, Lapse, Principal, Role
from backend.identity.secrets import hashed
from backend.kernel.audit import Actor
from backend.kernel.db import Transaction
from backend.kernel.reads import Reads
from backend.kernel.statements import Question, among
from backend.kernel.tables import Table

SERVICE_KEYS = UUID("7d1f2c52-2c0b-4d0e-9a53-1f6d3a1c8b70")  # any fixed one: key ids become ids of actors in it


async def principal_of_session(tx: Transaction, token: str) -> Principal | None:
    """The user behind a session cookie."""
    query = select(User).join(UserSession, UserSession.user_id == User.id)
    live = query.where(UserSession.token_hash == hashed(token), UserSession.expires_at > tx.now, User.is_active)
    user = (await tx.session.scalars(live)).first()
    return None if user is None else principal_of_user(user)


async def principal_of_device(reads: Reads, token: str, now: datetime) -> Principal | None:
    """The technician behind a device's access token, until it expires; a barred one is recognised for ever.

    A lost phone comes back long after its last token has expired, and cannot get another.
    """
    found = await reads.rows(_DEVICE, token_hash=hashed(token))
    if not found:
        return None
    *columns, expires_at = found[0]
    user, device = _UserRow(*columns[: len(_UserRow._fields)]), _DeviceRow(*columns[len(_UserRow._fields) :])
    principal = principal_of_user(user, device)
    return principal if principal.barring or expires_at > now else None


async def principal_of_link(tx: Transaction, token: str) -> Principal | None:
    """The customer who holds the link of a visit."""
    appointment = Table.metadata.tables["appointment"]
    query = (
        select(func.coalesce(AccessLink.job_id, appointment.c.job_id), AccessLink.is_proved)
        .outerjoin(appointment, appointment.c.id == AccessLink.appointment_id)
        .where(AccessLink.token_hash == hashed(token), AccessLink.expires_at > tx.now)
    )
    found = (await tx.session.execute(query)).first()
    if found is None or found[0] is None:
        return None
    job_id, is_proved = found
    return Principal(actor=Actor(kind="customer", id=job_id), role=Role.CUSTOMER, job_id=job_id, is_proved=is_proved)


async def service_key(tx: Transaction, key_id: str) -> ServiceKey | None:
    """A key that is still in use."""
    query = select(ServiceKey).where(ServiceKey.key_id == key_id)
    return (await tx.session.scalars(query.where(ServiceKey.retired_at.is_(None)))).first()


def principal_of_key(key: ServiceKey) -> Principal:
    """The system that holds this key; each key is an actor of its own."""
    return Principal(actor=Actor(kind="service", id=uuid5(SERVICE_KEYS, key.key_id)), role=key.role)


class _UserRow(NamedTuple):
    """What a principal takes of its user."""

    id: UUID
    role: Role
    organisation_id: UUID
    technician_id: UUID | None
    territory_ids: list[UUID]
    is_active: bool


class _DeviceRow(NamedTuple):
    """What a principal takes of its phone."""

    id: UUID
    revoked_at: datetime | None
    lapsed_from: datetime | None
    lapsed_until: datetime | None


_DEVICE = Question(
    select(
        *(getattr(User, name) for name in _UserRow._fields),
        *(getattr(Device, name) for name in _DeviceRow._fields),
        DeviceToken.expires_at,
    )
    .join(Device, Device.user_id == User.id)
    .join(DeviceToken, DeviceToken.device_id == Device.id)
    .where(DeviceToken.token_hash == bindparam("token_hash"), DeviceToken.is_refresh.is_(False))
)


def principal_of_user(user: User | _UserRow, device: Device | _DeviceRow | None = None) -> Principal:
    actor = Actor(kind="user", id=user.id) if device is None else Actor(kind="device", id=device.id)
    return Principal(
        actor=actor,
        role=user.role,
        user_id=user.id,
        organisation_id=user.organisation_id,
        technician_id=user.technician_id,
        device_id=device.id if device else None,
        territory_ids=frozenset(user.territory_ids),
        barring=_barring(user, device) if device else None,
        lapse=_lapse(device) if device else None,
    )


def _barring(user: User | _UserRow, device: Device | _DeviceRow) -> Barring | None:
    if device.revoked_at is not None:
        return Barring.DEVICE_REVOKED
    return None if user.is_active and user.role in TECHNICIANS else Barring.USER_DISABLED


def _lapse(device: Device | _DeviceRow) -> Lapse | None:
    if device.lapsed_from is None or device.lapsed_until is None:
        return None
    return Lapse(since=device.lapsed_from, until=device.lapsed_until)


async def user_by_email(tx: Transaction, email: str) -> User | None:
    query = select(User).where(User.email == email.strip().lower(), User.is_active)
    return (await tx.session.scalars(query)).first()


async def devices_of(tx: Transaction, user_id: UUID) -> list[Device]:
    return list(await tx.session.scalars(select(Device).where(Device.user_id == user_id).order_by(Device.id)))


async def phones_of(tx: Transaction, technician_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The phones in use by these technicians: device id → technician id."""
    query = select(Device.id, User.technician_id).join(User, Device.user_id == User.id)
    in_use = Device.revoked_at.is_(None), User.is_active, User.role.in_(TECHNICIANS)
    rows = await tx.session.execute(query.where(among(User.technician_id, list(technician_ids)), *in_use))
    return {device_id: technician_id for device_id, technician_id in rows if technician_id is not None}


async def owners_of(tx: Transaction, device_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Phone → the user for whom it was enrolled."""
    query = select(Device.id, Device.user_id).where(among(Device.id, device_ids))
    return dict((await tx.session.execute(query)).all())


async def organisation_names(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these organisations, by id."""
    rows = await tx.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {row.id: row.name for row in rows}


async def user_names(tx: Transaction, ids: Collection[UUID], *, organisation_id: UUID | None = None) -> dict[UUID, str]:
    """The names of these users, by id, of one organisation or of all."""
    query = select(User.id, User.name).where(among(User.id, ids))
    if organisation_id is not None:
        query = query.where(User.organisation_id == organisation_id)
    rows = await tx.session.execute(query)
    return {row.id: row.name for row in rows}
