"""Phones: enrolment by a one-time code, tokens that rotate, revocation.

A refresh needs a proof by the device's own key, so a stolen token alone is worth little. The predecessor of the
present refresh token is good for a minute more: a lost answer must not log a phone out. Anything older, proven by the
key, shows that the phone was copied, and ends all its tokens. Its work waits in the outbox, which is its user's, and
is sent by whatever phone the user enrols next.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from backend.identity.models import Device, DeviceToken, EnrolmentCode, User
from backend.identity.principal import TECHNICIANS, Principal
from backend.identity.schemas import DeviceTokens, EnrolDevice, EnrolmentCodeView, RefreshDevice
from backend.identity.secrets import (
    RefreshClaim,
    check_device_key,
    hashed,
    new_code,
    new_refresh_token,
    new_token,
    proof_holds,
    refresh_claim,
)
from backend.identity.service import UserNotFound, visible_user
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.errors import Forbidden, NotFound
from backend.kernel.feed import restored_at
from backend.settings import Settings

CODE_LIFETIME = timedelta(minutes=15)
ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
ROTATION_GRACE = timedelta(seconds=60)
LEASE = timedelta(hours=Settings().lease_hours)


class BadEnrolmentCode(Forbidden):
    """Unknown, used or expired. Ask the dispatcher for a new one."""

    code = "bad_enrolment_code"


class NotATechnician(Forbidden):
    """Only technicians at work carry phones of this kind."""

    code = "not_a_technician"


class BadRefresh(Forbidden):
    """The refresh token or its proof does not hold. Enrol again; the outbox stays on the phone."""

    code = "bad_refresh"


class DeviceRevoked(Forbidden):
    """This phone was ended by its operator: wipe what it holds."""

    code = "device_revoked"


class DeviceNotFound(NotFound):
    code = "device_not_found"


async def issue_code(tx: Transaction, principal: Principal, user_id: UUID) -> EnrolmentCodeView:
    """A code for one phone of this user, shown once."""
    user = await visible_user(tx, principal, user_id)
    if user.role not in TECHNICIANS or not user.is_active:
        raise NotATechnician(user_id=str(user_id))
    code, expires_at = new_code(), tx.now + CODE_LIFETIME
    tx.add(EnrolmentCode(id=tx.new_id(), user_id=user.id, code_hash=hashed(code), expires_at=expires_at))
    return EnrolmentCodeView(code=code, expires_at=expires_at)


async def enrol(tx: Transaction, command: EnrolDevice, *, lease: timedelta = LEASE) -> DeviceTokens:
    """Exchange a code for a device and its first tokens. Raises BadEnrolmentCode, BadDeviceKey."""
    public_key = check_device_key(command.public_key)
    query = select(EnrolmentCode).where(EnrolmentCode.code_hash == hashed(command.code.strip().upper()))
    code = (await tx.session.scalars(query.with_for_update())).first()
    if code is None or code.used_at is not None or code.expires_at <= tx.now:
        raise BadEnrolmentCode()
    user = await tx.get(User, code.user_id, UserNotFound)
    if not user.is_active or user.role not in TECHNICIANS:
        raise BadEnrolmentCode()
    code.used_at = tx.now
    device = Device(
        id=tx.new_id(),
        user_id=user.id,
        name=command.name,
        public_key=public_key,
        outbox_id=tx.new_id(),
        enrolled_at=tx.now,
    )
    tx.add(device)
    await tx.flush()
    return _issue_tokens(tx, user, device, generation=1, lease=lease)


async def refresh(tx: Transaction, command: RefreshDevice, *, lease: timedelta = LEASE) -> DeviceTokens | None:
    """A new pair for the holder of the refresh token and the device's key. Raises BadRefresh, DeviceRevoked.

    None when the key is right but the token an old one: two hold the key, hence all tokens of the device are over.
    That must be committed before the caller is refused. A lost phone has no access token any more when it comes back:
    it learns here that it was ended.
    """
    claim, device = await _proven(tx, command)
    if device.revoked_at is not None:
        raise DeviceRevoked(device_id=str(device.id))
    user = await tx.get(User, device.user_id, UserNotFound)
    newest = await _newest_generation(tx, device)
    if newest is None or not user.is_active or user.role not in TECHNICIANS:
        raise BadRefresh()
    token = await tx.session.get(DeviceToken, hashed(command.refresh_token), with_for_update=True)
    if token is None and not await _is_from_lost_future(tx, claim, newest):
        return await _end_family(tx, device)
    if token is not None:
        if token.expires_at <= tx.now:
            raise BadRefresh()
        if not _may_rotate(token, newest, tx.now):
            return await _end_family(tx, device)
        _note_lapse(device, token, lease, tx.now)
        token.replaced_at = token.replaced_at or tx.now
    await _forget_others(tx, device, claim.generation)
    return _issue_tokens(tx, user, device, generation=claim.generation + 1, lease=lease)


async def revoke(tx: Transaction, principal: Principal, device_id: UUID) -> Device:
    """End a phone: it is told to wipe, and what it still sends is put into quarantine. Event `device.revoked`."""
    device = await tx.get(Device, device_id, DeviceNotFound)
    await visible_user(tx, principal, device.user_id)
    if device.revoked_at is None:
        device.revoked_at = tx.now
        outbox.record(tx, "device.revoked", device.id)
    return device


async def _proven(tx: Transaction, command: RefreshDevice) -> tuple[RefreshClaim, Device]:
    """What the token says, and its device, whose key has signed for it. Raises BadRefresh."""
    claim = refresh_claim(command.refresh_token)
    device = await tx.session.get(Device, claim.device_id, with_for_update=True) if claim else None
    if claim is None or device is None:
        raise BadRefresh()
    if not proof_holds(device.public_key, command.refresh_token, command.signed_at, command.signature, now=tx.now):
        raise BadRefresh()
    return claim, device


async def _newest_generation(tx: Transaction, device: Device) -> int | None:
    """None when the family has ended."""
    newest = select(func.max(DeviceToken.generation)).where(DeviceToken.device_id == device.id)
    return await tx.session.scalar(newest)


def _may_rotate(used: DeviceToken, newest: int, now: datetime) -> bool:
    """The newest generation may, and its predecessor for a minute more: a lost answer must not log a phone out."""
    if used.generation == newest:
        return True
    return newest == used.generation + 1 and now - (used.replaced_at or now) <= ROTATION_GRACE


async def _is_from_lost_future(tx: Transaction, claim: RefreshClaim, newest: int) -> bool:
    """Whether a token that we do not know was given after the backup that we were restored from; its key must do."""
    at = await restored_at(tx)
    return claim.generation > newest and at is not None and tx.now - at <= REFRESH_LIFETIME


async def _end_family(tx: Transaction, device: Device) -> None:
    device.replayed_at = tx.now
    await tx.session.execute(delete(DeviceToken).where(DeviceToken.device_id == device.id))


async def _forget_others(tx: Transaction, device: Device, generation: int) -> None:
    """Only this generation and the next one stay: newer ones were in the answer that got lost, older ones are over."""
    others = DeviceToken.device_id == device.id, DeviceToken.generation != generation
    await tx.session.execute(delete(DeviceToken).where(*others))


def _note_lapse(device: Device, used: DeviceToken, lease: timedelta, now: datetime) -> None:
    """Remember how long the phone was away beyond its lease, which ran from the last access with the token used."""
    ran_out_at = used.expires_at - REFRESH_LIFETIME + ACCESS_LIFETIME + lease
    if ran_out_at < now:
        device.lapsed_from, device.lapsed_until = ran_out_at, now


def _issue_tokens(tx: Transaction, user: User, device: Device, *, generation: int, lease: timedelta) -> DeviceTokens:
    access, refresh_token = new_token("tra"), new_refresh_token(device.id, generation)
    assert user.technician_id is not None, f"user {user.id} has a phone but is no technician"
    for token, is_refresh, lifetime in ((access, False, ACCESS_LIFETIME), (refresh_token, True, REFRESH_LIFETIME)):
        row = DeviceToken(
            token_hash=hashed(token),
            device_id=device.id,
            is_refresh=is_refresh,
            generation=generation,
            expires_at=tx.now + lifetime,
        )
        tx.add(row)
    return DeviceTokens(
        device_id=device.id,
        outbox_id=device.outbox_id,
        technician_id=user.technician_id,
        technician_name=user.name,
        access_token=access,
        access_expires_at=tx.now + ACCESS_LIFETIME,
        refresh_token=refresh_token,
        refresh_expires_at=tx.now + REFRESH_LIFETIME,
        lease_seconds=int(lease.total_seconds()),
    )
