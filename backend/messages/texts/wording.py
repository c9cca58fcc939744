"""What a language file holds. Fields in braces: name, what, day, date, hours, span, where, url, expected."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from backend.messages.kinds import VisitFact


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """One fact in words. subject, text: of a letter; short: in a sentence; link: where a text message leads, behind it.

    short and link together are at most two short messages long.
    """

    subject: str
    text: str
    short: str
    link: str = ""


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """day: with its weekday and year; date: short; hours: of two local times; greeting, closing: around every letter;

    expected: a sentence on when work is expected to begin, to stand behind another.
    """

    day: Callable[[datetime], str]
    date: Callable[[datetime], str]
    hours: Callable[[datetime, datetime], str]
    greeting: str
    closing: str
    expected: str
    wordings: Mapping[VisitFact, Wording]
