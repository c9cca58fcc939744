"""Tables of identity. Secrets are stored as hashes only, and their rows leave no audit rows of their own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from backend.identity.principal import Role
from backend.kernel.tables import Row, StructJson, Table, Versioned


class Organisation(Row):
    """The operator itself, or a contractor that works for it."""

    __tablename__ = "organisation"

    name: Mapped[str]
    is_contractor: Mapped[bool]


class User(Versioned):
    """A person who works with the system. password_hash: Argon2id; None for one who only uses a phone."""

    __tablename__ = "app_user"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    role: Mapped[Role]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    technician_id: Mapped[UUID | None]
    territory_ids: Mapped[list[UUID]] = mapped_column(StructJson(list[UUID]))
    is_active: Mapped[bool] = mapped_column(default=True)


class SecondFactor(Row):
    """What somebody of the office shows beside the password. sealed: the secret, see `kernel.sealing`; last_step: the half
    minute of the code that was used last; recovery: hashes of the codes that are left; confirmed_at: None until one was given.
    """

    __tablename__ = "second_factor"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), unique=True)
    sealed: Mapped[str]
    last_step: Mapped[int]
    recovery: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    confirmed_at: Mapped[datetime | None]


class UserSession(Table):
    """A browser that is logged in. Its CSRF token follows from the token, see `secrets.csrf_token`."""

    __tablename__ = "user_session"
    audited = False

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    expires_at: Mapped[datetime]


class Device(Versioned):
    """A phone that was enrolled for one user. public_key: P-256, SubjectPublicKeyInfo, base64.

    replayed_at: an old refresh token was shown with this phone's own key, hence a copy of the phone exists;
    lapsed_from, lapsed_until: the last time that it was away for longer than its lease.
    """

    __tablename__ = "device"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    name: Mapped[str]
    public_key: Mapped[str]
    outbox_id: Mapped[UUID] = mapped_column(unique=True)
    enrolled_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    replayed_at: Mapped[datetime | None]
    lapsed_from: Mapped[datetime | None]
    lapsed_until: Mapped[datetime | None]


class DeviceToken(Table):
    """An access or refresh token of a device. generation: counts the rotations of its family."""

    __tablename__ = "device_token"
    audited = False

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    is_refresh: Mapped[bool]
    generation: Mapped[int]
    expires_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class EnrolmentCode(Row):
    """A one-time code with which a user's phone enrols. code_hash: of the code as shown."""

    __tablename__ = "enrolment_code"
    audited = False

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    code_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Invitation(Row):
    """With its token a user of the office sets a password, once: the row goes with it."""

    __tablename__ = "invitation"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]


class FailedAttempts(Table):
    """Failures to log in or enrol that count together until `until`. subject: a hash, see `attempts`."""

    __tablename__ = "failed_attempts"
    audited = False

    subject: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    until: Mapped[datetime] = mapped_column(index=True)


class AccessLink(Table):
    """A customer's link to one visit. is_proved: its holder gave a second proof; such a one is kept for an hour.

    appointment_id: of a link from before links followed their job through every appointment; job_id is None then.
    """

    __tablename__ = "access_link"
    audited = False

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    appointment_id: Mapped[UUID | None] = mapped_column(index=True)
    job_id: Mapped[UUID | None] = mapped_column(index=True)
    is_proved: Mapped[bool] = mapped_column(default=False, server_default=false())
    expires_at: Mapped[datetime]


class ServiceKey(Table):
    """A public key with which another system signs its requests to us."""

    __tablename__ = "service_key"

    key_id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[Role]
    public_key: Mapped[str]
    retired_at: Mapped[datetime | None]
