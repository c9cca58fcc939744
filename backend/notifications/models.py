"""Tables of notifications. What they hold are the phones' secrets, and ours: their rows leave no audit rows."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson, Table
from backend.notifications.schemas import DayChange


class PushKey(Table):
    """The key by which push services know us. public_key: as browsers take it; sealed, sealed_by: see `kernel.sealing`."""

    __tablename__ = "push_key"
    audited = False

    sealed_by: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[str]
    sealed: Mapped[str]
    made_at: Mapped[datetime]


class PushSubscription(WorkRow, Row):
    """Where a phone's browser is reached, and what it is still to be told.

    poke_id: of the message that is on its way, so that a second try is the same one.
    """

    __tablename__ = "push_subscription"
    audited = False

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), unique=True)
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    subscribed_at: Mapped[datetime]
    untold: Mapped[list[DayChange]] = mapped_column(StructJson(list[DayChange]))
    poke_id: Mapped[UUID | None]
