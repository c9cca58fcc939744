"""The texts of letters, a function per language. Plain text; times are the customer's own."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.messages.schemas import AppointmentNotice

SubjectAndText = tuple[str, str]

DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_FI = ("maanantaina", "tiistaina", "keskiviikkona", "torstaina", "perjantaina", "lauantaina", "sunnuntaina")
MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def confirmation(notice: AppointmentNotice, language: str) -> SubjectAndText:
    """The subject and the text that confirm an appointment."""
    return CONFIRMATIONS.get(language, _confirmation_en)(notice)


def _confirmation_en(notice: AppointmentNotice) -> SubjectAndText:
    start, end = _local(notice)
    day = f"{DAYS_EN[start.weekday()]} {start.day} {MONTHS_EN[start.month - 1]} {start.year}"
    return (
        f"Your appointment on {start.day} {MONTHS_EN[start.month - 1]}, {start:%H:%M}–{end:%H:%M}",
        f"""Hello {notice.name},

your appointment is confirmed.

What:  {notice.what}
When:  {day}, between {start:%H:%M} and {end:%H:%M}
Where: {notice.where}

Follow your technician, or see your appointment at any time:
{notice.tracking_url}

This link is personal: whoever has it can see your appointment.
""",
    )


def _confirmation_fi(notice: AppointmentNotice) -> SubjectAndText:
    start, end = _local(notice)
    hours = f"{start.hour}.{start:%M}–{end.hour}.{end:%M}"
    return (
        f"Asennusaikasi {start.day}.{start.month}. klo {hours}",
        f"""Hei {notice.name},

aikasi on vahvistettu.

Mitä:    {notice.what}
Milloin: {DAYS_FI[start.weekday()]} {start.day}.{start.month}.{start.year} klo {hours}
Missä:   {notice.where}

Seuraa asentajaa tai katso aikasi milloin tahansa:
{notice.tracking_url}

Linkki on henkilökohtainen: kuka tahansa sen haltija näkee aikasi.
""",
    )


CONFIRMATIONS: dict[str, Callable[[AppointmentNotice], SubjectAndText]] = {
    "en": _confirmation_en,
    "fi": _confirmation_fi,
}


def _local(notice: AppointmentNotice) -> tuple[datetime, datetime]:
    zone = ZoneInfo(notice.zone)
    return notice.window_start.astimezone(zone), notice.window_end.astimezone(zone)
