"""Messages about a visit in words: a letter, a text message or a notification, in the customer's language. Times are those of the site."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.messages.kinds import VisitFact
from backend.messages.schemas import AppointmentNotice
from backend.messages.texts.en import ENGLISH
from backend.messages.texts.es import SPANISH
from backend.messages.texts.fi import FINNISH
from backend.messages.texts.wording import Language

SubjectAndText = tuple[str, str]

LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "fi": FINNISH, "es": SPANISH}


def language_of(tag: str) -> Language:
    """The language that a BCP 47 tag such as `fi-FI` asks for; English where we do not speak it."""
    return LANGUAGES.get(tag.partition("-")[0].lower(), ENGLISH)


def letter(fact: VisitFact, notice: AppointmentNotice) -> SubjectAndText:
    """The subject and the text of an e-mail."""
    language = language_of(notice.language)
    fields, wording = _fields(notice, language), language.wordings[fact]
    parts = (f"{language.greeting}\n\n{wording.text}", language.closing)
    return wording.subject.format(**fields), "\n".join(part.format(**fields) for part in parts) + "\n"


def text_message(fact: VisitFact, notice: AppointmentNotice) -> str:
    language = language_of(notice.language)
    wording = language.wordings[fact]
    return f"{wording.short} {wording.link}".rstrip().format(**_fields(notice, language))


def notification(fact: VisitFact, notice: AppointmentNotice) -> SubjectAndText:
    """The title and the text of what a browser shows. It leads to the visit by itself."""
    language = language_of(notice.language)
    return notice.what, language.wordings[fact].short.format(**_fields(notice, language))


def _fields(notice: AppointmentNotice, language: Language) -> dict[str, str]:
    start, end = _local(notice, notice.window_start), _local(notice, notice.window_end)
    return {
        "name": notice.name,
        "what": notice.what,
        "where": notice.where,
        "url": notice.tracking_url,
        "day": language.day(start),
        "date": language.date(start),
        "hours": language.hours(start, end),
        "span": f"{start:%H:%M}–{end:%H:%M}",
        "expected": _expected(notice, language),
    }


def _expected(notice: AppointmentNotice, language: Language) -> str:
    if notice.earliest is None or notice.latest is None:
        return ""
    hours = language.hours(_local(notice, notice.earliest), _local(notice, notice.latest))
    return language.expected.format(hours=hours)


def _local(notice: AppointmentNotice, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(notice.zone))
