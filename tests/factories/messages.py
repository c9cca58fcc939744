"""Letters for tests."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from backend.messages.schemas import AppointmentNotice

NOTICE = AppointmentNotice(
    appointment_id=UUID("01978f6a-0000-7000-8000-00000000a001"),
    email="aino@example.com",
    name="Aino Virtanen",
    language="en",
    window_start=datetime(2026, 6, 2, 6, 0, tzinfo=UTC),
    window_end=datetime(2026, 6, 2, 8, 0, tzinfo=UTC),
    zone="Europe/Helsinki",
    tracking_url="http://test/tracking/#/secret-token",
    what="Install FTTP",
    where="Mannerheimintie 1, Helsinki",
)


def make_notice(**changes: Any) -> AppointmentNotice:
    """A notice of an appointment on Tuesday, 9 to 11 in Helsinki."""
    return replace(NOTICE, **changes)
