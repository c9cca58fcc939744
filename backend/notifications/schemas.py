"""Wire structs of notifications, and their errors."""

from typing import Annotated
from uuid import UUID

import msgspec

from backend.kernel.errors import Invalid, NotFound

MOST_ENDPOINT_CHARACTERS = 1_000  # the longest in use have some 300


class NoPush(NotFound):
    """This deployment sends no notifications: TRUCKROLL_PUSH_KEY is not set. An open app hears of changes all the same."""

    code = "no_push"


class BadSubscription(Invalid):
    """The address or the keys are none that a browser gives. params: field."""

    code = "bad_push_subscription"


class PushKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """public_key: for which a browser subscribes, an uncompressed point of P-256 in base64url (RFC 8292, 4)."""

    public_key: str


class Subscribe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the browser's push service gave. p256dh, auth: by which messages are encrypted, base64url (RFC 8291, 2)."""

    endpoint: Annotated[str, msgspec.Meta(min_length=10, max_length=MOST_ENDPOINT_CHARACTERS)]
    p256dh: Annotated[str, msgspec.Meta(max_length=100)]
    auth: Annotated[str, msgspec.Meta(max_length=50)]


class DayChange(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the phone has not been told of. event_id: so that none counts twice; job_id: None for one that left."""

    event_id: UUID
    job_id: UUID | None


class Poke(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is sent: that something changed, and where to look. No name, no address, no time.

    id: the same however often it is tried; count: of jobs that came, moved or left; job: if it is one that is there.
    """

    id: UUID
    count: int
    job: UUID | None = None
