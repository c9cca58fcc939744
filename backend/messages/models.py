"""Tables of messages: what customers are told, and the browsers in which they want to hear it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson
from backend.messages.kinds import Channel


class Message(WorkRow, Row):
    """A message that is to be sent, or was. dedup_key: the fact it tells of, so that no fact is told twice.

    channel: on which way; dropped: why it was not sent after all.
    recipient, params: kept only until it is sent, as they hold a person's address and the secret of their link. The
    recipient of a notification is the job, whose browser is looked up when it is sent.
    """

    __tablename__ = "message"
    audited = False  # a message is itself the record of what was said to whom

    dedup_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    channel: Mapped[Channel] = mapped_column(default=Channel.EMAIL, server_default=Channel.EMAIL)
    language: Mapped[str]
    recipient: Mapped[str | None]
    params: Mapped[dict[str, Any] | None] = mapped_column(StructJson(dict[str, Any]))
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    dropped: Mapped[str | None]


class VisitBrowser(Row):
    """Where the browser is reached in which a customer wants to hear of a visit. Its keys are the customer's secrets."""

    __tablename__ = "visit_browser"
    audited = False

    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), unique=True)
    endpoint: Mapped[str]
    p256dh: Mapped[str]
    auth: Mapped[str]
    kept_until: Mapped[datetime] = mapped_column(index=True)
