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
            short="Confirmed: {what}, {date}, {span}.",
            link="{url}",
        ),
        VisitFact.CANCELLED: Wording(
            subject="Your appointment on {date} is cancelled",
            text="nobody comes on {day} between {hours}. Choose another time whenever you like.\n",
            short="Cancelled: {what}, {date}, {span}.",
            link="Another time: {url}",
        ),
        VisitFact.REMINDED: Wording(
            subject="Tomorrow between {hours}: {what}",
            text=f"your technician comes tomorrow.\n\n{FACTS}",
            short="Tomorrow {span}: {what}.",
            link="To move it: {url}",
        ),
        VisitFact.ON_THE_WAY: Wording(
            subject="Your technician is on the way",
            text="your technician is on the way to {where}.{expected}\n",
            short="Your technician is on the way.{expected}",
            link="{url}",
        ),
        VisitFact.DELAYED: Wording(
            subject="Your technician will be later than agreed",
            text="we are sorry: your technician will probably come later than agreed ({hours}).{expected}\n",
            short="Sorry, we will probably be later than agreed ({span}).{expected}",
            link="{url}",
        ),
        VisitFact.DONE: Wording(
            subject="Done: {what}",
            text="the work at {where} is done. What was installed, the receipt and a question stand on your page.\n",
            short="Done: {what}.",
            link="Receipt and rating: {url}",
        ),
        VisitFact.MISSED: Wording(
            subject="We missed your appointment on {date}",
            text="we did not keep your appointment on {day} between {hours}. We are sorry, and call you.\n",
            short="We are sorry: we missed your appointment on {date}. We call you.",
        ),
        VisitFact.FAILED: Wording(
            subject="Nobody was there on {date}",
            text="our technician could not begin the work on {day} between {hours}. Please choose another time.\n",
            short="Our technician could not get in on {date}.",
            link="Another time: {url}",
        ),
    },
)
