"""Which letter a message is, by its kind: what it is made of, and its texts."""

from collections.abc import Mapping
from typing import Any

import msgspec

from backend.messages import return_letters, templates
from backend.messages.schemas import AppointmentNotice
from backend.messages.service import CONFIRMATION, RETURN_EXPECTED, RETURN_REMINDED
from backend.messages.templates import SubjectAndText
from backend.returns.schemas import ReturnNotice


def letter(kind: str, params: Mapping[str, Any], language: str) -> SubjectAndText:
    """The subject and the text of a message of this kind."""
    match kind:
        case _ if kind == CONFIRMATION:
            return templates.confirmation(msgspec.convert(params, AppointmentNotice), language)
        case _ if kind in (RETURN_EXPECTED, RETURN_REMINDED):
            notice = msgspec.convert(params, ReturnNotice)
            return return_letters.asked_back(notice, language, is_reminder=kind == RETURN_REMINDED)
        case _:
            raise NotImplementedError(f"no letter is called {kind}")
