"""Which words a message is, by its kind: what it is made of, and its texts."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from backend.messages import return_letters, templates
from backend.messages.kinds import VisitFact
from backend.messages.schemas import AppointmentNotice, Notification
from backend.messages.service import RETURN_EXPECTED, RETURN_REMINDED
from backend.messages.templates import SubjectAndText
from backend.returns.schemas import ReturnNotice


def letter(kind: str, params: Mapping[str, Any], language: str) -> SubjectAndText:
    """The subject and the text of an e-mail of this kind."""
    if kind in (RETURN_EXPECTED, RETURN_REMINDED):
        notice = msgspec.convert(params, ReturnNotice)
        return return_letters.asked_back(notice, language, is_reminder=kind == RETURN_REMINDED)
    return templates.letter(VisitFact(kind), _of_visit(params, language))


def text_message(kind: str, params: Mapping[str, Any], language: str) -> str:
    """The same as a text message; only visits are told of so."""
    return templates.text_message(VisitFact(kind), _of_visit(params, language))


def notification(id: UUID, kind: str, params: Mapping[str, Any], language: str) -> Notification:
    """The same as a browser shows it; only visits are told of so. id: of the message."""
    notice = _of_visit(params, language)
    title, text = templates.notification(VisitFact(kind), notice)
    page = f"#{urlsplit(notice.tracking_url).fragment}"
    return Notification(id=id, visit=notice.appointment_id, title=title, text=text, page=page)


def _of_visit(params: Mapping[str, Any], language: str) -> AppointmentNotice:
    return msgspec.structs.replace(msgspec.convert(params, AppointmentNotice), language=language)
