"""Handing a message over to whoever takes it on its way: the mail server, the provider of text messages, a push service."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from backend.messages.kinds import URGENT, Channel
from backend.messages.letters import letter, notification, text_message
from backend.messages.models import Message
from backend.ports import (
    Letter,
    Mail,
    NoTextMessages,
    Push,
    PushAddress,
    PushGone,
    PushMessage,
    TextMessage,
    TextMessages,
)

# An hour later nobody is on the way any more; what can be read again may wait for a phone that is off.
URGENT_HOLDS_FOR, HOLDS_FOR = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Carriers:
    """Who takes messages for this deployment. None: nobody does on this way."""

    mail: Mail
    texts: TextMessages | None = None
    push: Push | None = None

    @property
    def channels(self) -> frozenset[Channel]:
        others = {Channel.SMS: self.texts, Channel.PUSH: self.push}
        return frozenset({Channel.EMAIL} | {channel for channel, carrier in others.items() if carrier is not None})


@dataclass(frozen=True, kw_only=True)
class Due:
    """A message that is to be sent. browser: where a notification is to be shown; None when it is wanted there no more."""

    message: Message
    browser: PushAddress | None


async def hand_over(due: Due, carriers: Carriers) -> None:
    """Raises TextRefused and PushGone when this way is closed for good, and what else the ports name: try again later."""
    message = due.message
    words = message.kind, message.params or {}, message.language
    recipient = message.recipient or ""
    match message.channel:
        case Channel.EMAIL:
            subject, text = letter(*words)
            await carriers.mail.send(Letter(id=message.id, to=recipient, subject=subject, text=text))
        case Channel.SMS:
            if carriers.texts is None:
                raise NoTextMessages()
            await carriers.texts.send(TextMessage(id=message.id, to=recipient, text=text_message(*words)))
        case Channel.PUSH:
            if carriers.push is None or due.browser is None:
                raise PushGone()
            await carriers.push.send(due.browser, _shown(message, *words))


def _shown(message: Message, kind: str, params: dict[str, Any], language: str) -> PushMessage:
    is_urgent = kind in URGENT
    return PushMessage(
        id=message.id,
        body=msgspec.json.encode(notification(message.id, kind, params, language)),
        holds_for=URGENT_HOLDS_FOR if is_urgent else HOLDS_FOR,
        is_urgent=is_urgent,
    )
