"""Spanish."""

from datetime import datetime

from backend.messages.kinds import VisitFact
from backend.messages.texts.wording import Language, Wording

DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
FACTS = """Qué:    {what}
Cuándo: {day}, entre las {hours}
Dónde:  {where}
"""


def _hours(start: datetime, end: datetime) -> str:
    return f"{start:%H:%M} y las {end:%H:%M}"


SPANISH = Language(
    day=lambda at: f"{DAYS[at.weekday()]}, {at.day} de {MONTHS[at.month - 1]} de {at.year}",
    date=lambda at: f"{at.day} de {MONTHS[at.month - 1]}",
    hours=_hours,
    greeting="Hola, {name}:",
    closing="""Sigue a tu técnico, o mira y cambia tu cita en cualquier momento:
{url}

Este enlace es personal: quien lo tiene puede ver tu cita.""",
    expected=" Se espera entre las {hours}.",
    wordings={
        VisitFact.CONFIRMED: Wording(
            subject="Tu cita del {date}, {span}",
            text=f"tu cita está confirmada.\n\n{FACTS}",
            short="Confirmado: {what}, {date}, {span}.",
            link="{url}",
        ),
        VisitFact.CANCELLED: Wording(
            subject="Tu cita del {date} está cancelada",
            text="no viene nadie el {day} entre las {hours}. Elige otra hora cuando quieras.\n",
            short="Cancelado: {what}, {date}, {span}.",
            link="Otra hora: {url}",
        ),
        VisitFact.REMINDED: Wording(
            subject="Mañana entre las {hours}: {what}",
            text=f"tu técnico viene mañana.\n\n{FACTS}",
            short="Mañana {span}: {what}.",
            link="Para moverlo: {url}",
        ),
        VisitFact.ON_THE_WAY: Wording(
            subject="Tu técnico está en camino",
            text="tu técnico está en camino a {where}.{expected}\n",
            short="Tu técnico está en camino.{expected}",
            link="{url}",
        ),
        VisitFact.DELAYED: Wording(
            subject="Tu técnico llegará más tarde de lo acordado",
            text="lo sentimos: es probable que tu técnico llegue más tarde de lo acordado (entre las {hours}).{expected}\n",
            short="Lo sentimos, es probable que lleguemos más tarde ({span}).{expected}",
            link="{url}",
        ),
        VisitFact.DONE: Wording(
            subject="Hecho: {what}",
            text="el trabajo en {where} está hecho. En tu página están lo instalado, el recibo y una pregunta.\n",
            short="Hecho: {what}.",
            link="Recibo y valoración: {url}",
        ),
        VisitFact.MISSED: Wording(
            subject="No acudimos a tu cita del {date}",
            text="no cumplimos tu cita del {day} entre las {hours}. Lo sentimos y te llamamos.\n",
            short="Lo sentimos: no acudimos a tu cita del {date}. Te llamamos.",
        ),
        VisitFact.FAILED: Wording(
            subject="No había nadie el {date}",
            text="nuestro técnico no pudo empezar el trabajo el {day} entre las {hours}. Elige otra hora.\n",
            short="Nuestro técnico no pudo entrar el {date}.",
            link="Otra hora: {url}",
        ),
    },
)
