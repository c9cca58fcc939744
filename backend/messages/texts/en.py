"""English."""

from datetime import datetime

from backend.messages.kinds import VisitFact
from backend.messages.texts.wording import Language, Wording

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
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
FACTS = """What:  {what}
When:  {day}, between {hours}
Where: {where}
"""


def _hours(start: datetime, end: datetime) -> str:
    return f"{start:%H:%M} and {end:%H:%M}"


ENGLISH = Language(
    day=lambda at: f"{DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]} {at.year}",
    date=lambda at: f"{at.day} {MONTHS[at.month - 1]}",
    hours=_hours,
    greeting="Hello {name},",
    closing="""Follow your technician, or see and change your appointment at any time:
{url}

This link is personal: whoever has it can see your appointment.""",
    expected=" Expected between {hours}.",
    wordings={
        VisitFact.CONFIRMED: Wording(
            subject="Your appointment on {date}, {span}",
            text=f"your appointment is confirmed.\n\n{FACTS}",
            sms="Confirmed: {what}, {date}, {span}. {url}",
        ),
        VisitFact.CANCELLED: Wording(
            subject="Your appointment on {date} is cancelled",
            text="nobody comes on {day} between {hours}. Choose another time whenever you like.\n",
            sms="Cancelled: {what}, {date}, {span}. Another time: {url}",
        ),
        VisitFact.REMINDED: Wording(
            subject="Tomorrow between {hours}: {what}",
            text=f"your technician comes tomorrow.\n\n{FACTS}",
            sms="Tomorrow {span}: {what}. To move it: {url}",
        ),
        VisitFact.ON_THE_WAY: Wording(
            subject="Your technician is on the way",
            text="your technician is on the way to {where}.{expected}\n",
            sms="Your technician is on the way.{expected} {url}",
        ),
        VisitFact.DELAYED: Wording(
            subject="Your technician will be later than agreed",
            text="we are sorry: your technician will probably come later than agreed ({hours}).{expected}\n",
            sms="Sorry, we will probably be later than agreed ({span}).{expected} {url}",
        ),
        VisitFact.DONE: Wording(
            subject="Done: {what}",
            text="the work at {where} is done. What was installed, the receipt and a question stand on your page.\n",
            sms="Done: {what}. Receipt and rating: {url}",
        ),
        VisitFact.MISSED: Wording(
            subject="We missed your appointment on {date}",
            text="we did not keep your appointment on {day} between {hours}. We are sorry, and call you.\n",
            sms="We are sorry: we missed your appointment on {date}. We call you.",
        ),
        VisitFact.FAILED: Wording(
            subject="Nobody was there on {date}",
            text="our technician could not begin the work on {day} between {hours}. Please choose another time.\n",
            sms="Our technician could not get in on {date}. Another time: {url}",
        ),
    },
)
