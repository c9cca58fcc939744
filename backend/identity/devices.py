"""Phones: enrolment by a one-time code, tokens that rotate, revocation.

A refresh needs a proof by the device's own key, so a stolen token alone is worth little. The predecessor of the
present refresh token is good for a minute more: a lost answer must not log a phone out. Anything older is refused.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from backend.identity.models import Device, DeviceToken, EnrolmentCode, User
from backend.identity.principal import TECHNICIANS, Principal
from backend.identity.schemas import DeviceTokens, EnrolDevice, EnrolmentCodeView, RefreshDevice
from backend.identity.secrets import check_device_key, hashed, new_code, new_token, proof_holds
from backend.identity.service import UserNotFound, visible_user
from backend.kernel.db import Transaction
from backend.kernel.errors import Forbidden, NotFound

CODE_LIFETIME = timedelta(minutes=15)
ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
ROTATION_GRACE = timedelta(seconds=60)


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


async def enrol(tx: Transaction, command: EnrolDevice) -> DeviceTokens:
    """Exchange a code for a device and its first tokens. Raises BadEnrolmentCode, BadDeviceKey."""
    public_key = check_device_key(command.public_key)
    query = select(EnrolmentCode).where(EnrolmentCode.code_hash == hashed(command.code.strip().upper()))
    code = (await tx.session.scalars(query.with_for_update())).first()
    if code is None or code.used_at is not None or code.expires_at <= tx.now:
        raise BadEnrolmentCode()
    user = await tx.get(User, code.user_id, UserNotFound)
    if not user.is_active:
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
    return _issue_tokens(tx, user, device, generation=1)


async def refresh(tx: Transaction, command: RefreshDevice) -> DeviceTokens:
    """A new pair for the holder of the refresh token and the device's key. Raises BadRefresh, DeviceRevoked.

    A lost phone has no access token any more when it comes back: it learns here that it was ended.
    """
    token = await tx.session.get(DeviceToken, hashed(command.refresh_token), with_for_update=True)
    if token is None or not token.is_refresh:
        raise BadRefresh()
    device = await tx.get(Device, token.device_id, DeviceNotFound)
    if not proof_holds(device.public_key, command.refresh_token, command.signed_at, command.signature, now=tx.now):
        raise BadRefresh()
    if device.revoked_at is not None:
        raise DeviceRevoked(device_id=str(device.id))
    user = await tx.get(User, device.user_id, UserNotFound)
    if not user.is_active or token.expires_at <= tx.now or not await _may_rotate(tx, token):
        raise BadRefresh()
    await _rotate(tx, token)
    return _issue_tokens(tx, user, device, generation=token.generation + 1)


async def revoke(tx: Transaction, principal: Principal, device_id: UUID) -> Device:
    """End a phone: its next request is told to wipe, and what it still sends is refused."""
    device = await tx.get(Device, device_id, DeviceNotFound)
    await visible_user(tx, principal, device.user_id)
    device.revoked_at = device.revoked_at or tx.now
    return device


async def _may_rotate(tx: Transaction, used: DeviceToken) -> bool:
    newest = await tx.session.scalar(
        select(func.max(DeviceToken.generation)).where(DeviceToken.device_id == used.device_id)
    )
    if used.generation == newest:
        return True
    replaced_at = used.replaced_at or tx.now
    return newest == used.generation + 1 and tx.now - replaced_at <= ROTATION_GRACE


async def _rotate(tx: Transaction, used: DeviceToken) -> None:
    """Only this generation and the next one stay: newer ones were in the answer that got lost, older ones are over."""
    others = DeviceToken.device_id == used.device_id, DeviceToken.generation != used.generation
    await tx.session.execute(delete(DeviceToken).where(*others))
    used.replaced_at = used.replaced_at or tx.now


def _issue_tokens(tx: Transaction, user: User, device: Device, *, generation: int) -> DeviceTokens:
    access, refresh_token = new_token("tra"), new_token("trr")
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
    )
