"""The texts of letters about equipment that is expected back, a function per language. Plain text; days are local."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.messages.templates import SubjectAndText
from backend.messages.texts.en import MONTHS
from backend.returns.schemas import ReturnNotice
from clients.billing.page import money


def asked_back(notice: ReturnNotice, language: str, *, is_reminder: bool) -> SubjectAndText:
    """What should come back, by when, and what it costs when it does not."""
    return TEXTS.get(language, _english)(notice, is_reminder)


def _english(notice: ReturnNotice, is_reminder: bool) -> SubjectAndText:  # noqa: FBT001 - called from the table
    day = _last_day(notice)
    date = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    cost = f"\nWhat has not come by then costs {money(notice.charge_minor, notice.currency)} in all.\n"
    return (
        f"{'Reminder: please' if is_reminder else 'Please'} return our equipment by {date}",
        f"""Hello {notice.name},

nothing runs on our equipment at {notice.where} any more. Please bring or send it back by {date}:

{_listed(notice)}
{cost if notice.charge_minor else ""}
If you would rather have it fetched, call us.
""",
    )


def _finnish(notice: ReturnNotice, is_reminder: bool) -> SubjectAndText:  # noqa: FBT001 - called from the table
    day = _last_day(notice)
    date = f"{day.day}.{day.month}.{day.year}"
    cost = f"\nMikä ei ole silloin palautettu, maksaa yhteensä {money(notice.charge_minor, notice.currency)}.\n"
    return (
        f"{'Muistutus: palauta' if is_reminder else 'Palauta'} laitteemme viimeistään {date}",
        f"""Hei {notice.name},

laitteitamme osoitteessa {notice.where} ei enää käytetä. Tuo tai lähetä ne takaisin viimeistään {date}:

{_listed(notice)}
{cost if notice.charge_minor else ""}
Jos haluat, että haemme ne, soita meille.
""",
    )


TEXTS: dict[str, Callable[[ReturnNotice, bool], SubjectAndText]] = {"en": _english, "fi": _finnish}


def _listed(notice: ReturnNotice) -> str:
    return "\n".join(f"  {unit}" for unit in notice.units)


def _last_day(notice: ReturnNotice) -> datetime:
    """`return_by` is the midnight behind it."""
    return (notice.return_by - timedelta(seconds=1)).astimezone(ZoneInfo(notice.zone))
