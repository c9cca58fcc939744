"""Finnish."""

from datetime import datetime

from backend.messages.kinds import VisitFact
from backend.messages.texts.wording import Language, Wording

DAYS = ("maanantaina", "tiistaina", "keskiviikkona", "torstaina", "perjantaina", "lauantaina", "sunnuntaina")
FACTS = """Mitä:    {what}
Milloin: {day} klo {hours}
Missä:   {where}
"""


def _hours(start: datetime, end: datetime) -> str:
    return f"{start.hour}.{start:%M}–{end.hour}.{end:%M}"


FINNISH = Language(
    day=lambda at: f"{DAYS[at.weekday()]} {at.day}.{at.month}.{at.year}",
    date=lambda at: f"{at.day}.{at.month}.",
    hours=_hours,
    greeting="Hei {name},",
    closing="""Seuraa asentajaa tai katso ja muuta aikaasi milloin tahansa:
{url}

Linkki on henkilökohtainen: kuka tahansa sen haltija näkee aikasi.""",
    expected=" Arvio klo {hours}.",
    wordings={
        VisitFact.CONFIRMED: Wording(
            subject="Asennusaikasi {date} klo {hours}",
            text=f"aikasi on vahvistettu.\n\n{FACTS}",
            short="Vahvistettu: {what}, {date} klo {hours}.",
            link="{url}",
        ),
        VisitFact.CANCELLED: Wording(
            subject="Aikasi {date} on peruttu",
            text="kukaan ei tule {day} klo {hours}. Valitse toinen aika milloin haluat.\n",
            short="Peruttu: {what}, {date} klo {hours}.",
            link="Toinen aika: {url}",
        ),
        VisitFact.REMINDED: Wording(
            subject="Huomenna klo {hours}: {what}",
            text=f"asentaja tulee huomenna.\n\n{FACTS}",
            short="Huomenna klo {hours}: {what}.",
            link="Siirto: {url}",
        ),
        VisitFact.ON_THE_WAY: Wording(
            subject="Asentaja on matkalla",
            text="asentaja on matkalla osoitteeseen {where}.{expected}\n",
            short="Asentaja on matkalla.{expected}",
            link="{url}",
        ),
        VisitFact.DELAYED: Wording(
            subject="Asentaja myöhästyy sovitusta",
            text="olemme pahoillamme: asentaja tulee luultavasti sovittua ({hours}) myöhemmin.{expected}\n",
            short="Pahoittelut, myöhästymme luultavasti sovitusta ({hours}).{expected}",
            link="{url}",
        ),
        VisitFact.DONE: Wording(
            subject="Valmis: {what}",
            text="työ osoitteessa {where} on tehty. Asennetut laitteet, kuitti ja yksi kysymys ovat sivullasi.\n",
            short="Valmis: {what}.",
            link="Kuitti ja arvio: {url}",
        ),
        VisitFact.MISSED: Wording(
            subject="Emme tulleet sovittuun aikaan {date}",
            text="emme pitäneet sovittua aikaa {day} klo {hours}. Olemme pahoillamme ja soitamme.\n",
            short="Olemme pahoillamme: emme tulleet sovittuun aikaan {date} Soitamme.",
        ),
        VisitFact.FAILED: Wording(
            subject="Ketään ei ollut paikalla {date}",
            text="asentajamme ei voinut aloittaa työtä {day} klo {hours}. Valitse toinen aika.\n",
            short="Asentajamme ei päässyt sisään {date}",
            link="Toinen aika: {url}",
        ),
    },
)
