"""Tables of messages."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson
from backend.messages.kinds import Channel


class Message(WorkRow, Row):
    """A message that is to be sent, or was. dedup_key: the fact it tells of, so that no fact is told twice.

    channel: e-mail or text message; dropped: why it was not sent after all.
    recipient, params: kept only until it is sent, as they hold a person's address and the secret of their link.
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
