"""A message per fact, sent once, and forgotten."""

from uuid import UUID

import pytest
from sqlalchemy import select

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.leases import claim
from backend.kernel.tasks import Task, run_due
from backend.messages import service, tasks
from backend.messages.carrying import Carriers
from backend.messages.kinds import Channel, VisitFact
from backend.messages.models import Message
from backend.messages.templates import LANGUAGES, letter, text_message
from backend.ports import Letter, TextMessage, TextRefused
from tests.factories.messages import NOTICE, make_notice

pytestmark = pytest.mark.anyio


class Letters:
    """The port `Mail` as a list; the first `failures` letters are not taken."""

    def __init__(self, failures: int = 0) -> None:
        self.sent: list[Letter] = []
        self._failures = failures

    async def send(self, letter: Letter) -> None:
        if self._failures:
            self._failures -= 1
            raise ConnectionRefusedError("no server")
        self.sent.append(letter)


class Telephones:
    """The port `TextMessages` as a list, or as a provider that refuses everything."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.sent: list[TextMessage] = []
        self._refuses = refuses

    async def send(self, message: TextMessage) -> None:
        if self._refuses:
            raise TextRefused(reason="http_422")
        self.sent.append(message)


def sending(database: Database, mail: Letters, texts: Telephones | None = None) -> Task:
    async def perform(message_id: UUID) -> None:
        await tasks.send(database, Carriers(mail=mail, texts=texts), message_id)

    return Task(name="send_messages", model=Message, perform=perform)


async def confirm(database: Database, channel: Channel = Channel.EMAIL) -> None:
    recipient = NOTICE.email if channel is Channel.EMAIL else "+358401234567"
    async with database.transaction(SYSTEM, "test") as tx:
        await service.write(
            tx, VisitFact.CONFIRMED, "confirmed:1", NOTICE, channel=channel, recipient=recipient, due_at=tx.now
        )


async def only_message(database: Database) -> Message:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await tx.session.scalars(select(Message))).one()


async def test_a_fact_that_is_written_twice_gets_one_letter(database: Database):
    await confirm(database)
    await confirm(database)

    assert (await only_message(database)).recipient == NOTICE.email


async def test_a_letter_that_is_due_is_sent_once(database: Database):
    mail = Letters()
    await confirm(database)

    await run_due(database, sending(database, mail), "worker")
    await run_due(database, sending(database, mail), "worker")

    assert [letter.to for letter in mail.sent] == [NOTICE.email]
    assert NOTICE.tracking_url in mail.sent[0].text


async def test_a_text_message_goes_to_the_telephone_alone(database: Database):
    mail, texts = Letters(), Telephones()
    await confirm(database, Channel.SMS)

    await run_due(database, sending(database, mail, texts), "worker")

    assert ([one.to for one in texts.sent], mail.sent) == (["+358401234567"], [])


async def test_a_sent_letter_keeps_no_address_and_no_secret(database: Database):
    await confirm(database)

    await run_due(database, sending(database, Letters()), "worker")

    message = await only_message(database)
    assert message.sent_at is not None
    assert (message.recipient, message.params, message.due_at) == (None, None, None)


async def test_a_letter_that_was_not_taken_is_tried_again(database: Database, clock):
    mail = Letters(failures=1)
    await confirm(database)

    await run_due(database, sending(database, mail), "worker")
    clock.advance(300)
    await run_due(database, sending(database, mail), "worker")

    assert len(mail.sent) == 1


async def test_a_crash_after_sending_repeats_the_letter_under_its_own_id(database: Database, clock):
    mail = Letters()
    await confirm(database)
    crashed, *_ = await claim(database, sending(database, mail), "crashed worker")
    await mail.send(Letter(id=crashed.row_id, to=NOTICE.email, subject="", text=""))  # and it never wrote that down

    clock.advance(120)
    await run_due(database, sending(database, mail), "worker")

    assert [one.id for one in mail.sent] == [crashed.row_id] * 2


def test_times_are_those_of_the_premises():
    subject, text = letter(VisitFact.CONFIRMED, make_notice())

    assert subject == "Your appointment on 2 June, 09:00–11:00"
    assert "Tuesday 2 June 2026, between 09:00 and 11:00" in text


def test_finns_are_written_to_in_finnish():
    subject, text = letter(VisitFact.CONFIRMED, make_notice(language="fi-FI"))

    assert subject == "Asennusaikasi 2.6. klo 9.00–11.00"
    assert "tiistaina 2.6.2026 klo 9.00–11.00" in text


def test_other_languages_get_english():
    assert letter(VisitFact.DONE, make_notice(language="sv")) == letter(VisitFact.DONE, make_notice(language="en"))


@pytest.mark.parametrize("fact", VisitFact)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_has_its_words_in_every_language(language: str, fact: VisitFact):
    notice = make_notice(language=language, earliest=NOTICE.window_start, latest=NOTICE.window_end)

    subject, text = letter(fact, notice)
    short = text_message(fact, notice)

    assert "{" not in subject + text + short
    assert NOTICE.name in text
    assert NOTICE.tracking_url in text
    assert len(short.replace(NOTICE.tracking_url, "")) <= 160
    if language != "en":
        assert subject != letter(fact, make_notice(language="en"))[0]


def test_who_is_late_says_when_to_expect_him():
    notice = make_notice(earliest=NOTICE.window_end, latest=NOTICE.window_end)

    assert "Expected between 11:00 and 11:00." in letter(VisitFact.DELAYED, notice)[1]
    assert "Expected" not in letter(VisitFact.DELAYED, make_notice())[1]


def test_what_a_customer_is_called_is_no_template():
    assert "{url}" in letter(VisitFact.DONE, make_notice(name="{url}"))[1]
