"""What identity takes and gives on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from backend.identity.principal import Role

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class SecondFactorState(StrEnum):
    """Whether somebody has a second factor. unoffered: this deployment has none."""

    ON = "on"
    OFF = "off"
    UNOFFERED = "unoffered"


class LogIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """code: of the second factor, or a recovery code, for who has one."""

    email: Text
    password: Secret
    code: Code | None = None


class GivePassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What whoever finds an unlocked screen does not know."""

    password: Secret


class GiveCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """code: that the device shows now."""

    code: Code


class SecondFactorSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What a device makes codes of, shown once. secret: to be typed, base32; uri: to be shown as a QR code (otpauth)."""

    secret: str
    uri: str


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Each holds once, in the place of a code, for who has no device at hand. They are shown once."""

    codes: list[str]


class SecondFactorView(msgspec.Struct, frozen=True, kw_only=True):
    state: SecondFactorState


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is logged in. csrf_token: send it as X-CSRF-Token with every request that changes something."""

    user_id: UUID
    name: str
    role: Role
    organisation_id: UUID
    territory_ids: list[UUID]
    csrf_token: str | None = None


class InvitationView(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time token, shown once, with which the user of this address sets a password."""

    token: str
    email: str
    expires_at: datetime


class SetPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """token: of the invitation. The password is as long as NIST SP 800-63B-4 asks of one without a second factor."""

    token: Secret
    password: Annotated[str, msgspec.Meta(min_length=15, max_length=256)]


class EnrolmentCodeView(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time code, shown once."""

    code: str
    expires_at: datetime


class EnrolDevice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """public_key: P-256, SubjectPublicKeyInfo, base64."""

    code: Secret
    public_key: Annotated[str, msgspec.Meta(max_length=400)]
    name: Text


class RefreshDevice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """signature: by the device's key over `<refresh_token>.<signed_at>` as written here, base64 of r ‖ s."""

    refresh_token: Secret
    signed_at: Annotated[str, msgspec.Meta(max_length=40)]
    signature: Annotated[str, msgspec.Meta(max_length=200)]


class DeviceTokens(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh pair. The refresh token before this one stays good for a minute, in case this answer gets lost.

    lease_seconds: how long after the last answer of the server the phone may still be worked with.
    """

    device_id: UUID
    outbox_id: UUID
    technician_id: UUID
    technician_name: str
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime
    lease_seconds: int


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    enrolled_at: datetime
    revoked_at: datetime | None


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    email: str
    name: str
    role: Role
    organisation_id: UUID
    technician_id: UUID | None
