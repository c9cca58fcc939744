"""One confirmation per appointment, sent once, and forgotten."""

from uuid import UUID

import pytest
from sqlalchemy import select

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.leases import claim
from backend.kernel.tasks import Task, run_due
from backend.messages import service, tasks
from backend.messages.models import Message
from backend.messages.templates import confirmation
from backend.ports import Letter
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


def sending(database: Database, mail: Letters) -> Task:
    async def perform(message_id: UUID) -> None:
        await tasks.send(database, mail, message_id)

    return Task(name="send_messages", model=Message, perform=perform)


async def confirm(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await service.confirm_appointment(tx, NOTICE)


async def only_message(database: Database) -> Message:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await tx.session.scalars(select(Message))).one()


async def test_an_appointment_that_is_confirmed_twice_gets_one_letter(database: Database):
    await confirm(database)
    await confirm(database)

    assert (await only_message(database)).recipient == NOTICE.email


async def test_whether_a_confirmation_was_written_can_be_asked(database: Database):
    await confirm(database)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert await service.has_confirmed(tx, NOTICE.appointment_id)
        assert not await service.has_confirmed(tx, UUID(int=1))


async def test_a_letter_that_is_due_is_sent_once(database: Database):
    mail = Letters()
    await confirm(database)

    await run_due(database, sending(database, mail), "worker")
    await run_due(database, sending(database, mail), "worker")

    assert [letter.to for letter in mail.sent] == [NOTICE.email]
    assert NOTICE.tracking_url in mail.sent[0].text


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
    letter = await tasks._letter(database, crashed.row_id)  # noqa: SLF001 - what the crashed worker had in hand
    assert letter is not None
    await mail.send(letter)

    clock.advance(120)
    await run_due(database, sending(database, mail), "worker")

    assert mail.sent[0] == mail.sent[1]


def test_times_are_those_of_the_premises():
    subject, text = confirmation(make_notice(), "en")

    assert subject == "Your appointment on 2 June, 09:00–11:00"
    assert "Tuesday 2 June 2026, between 09:00 and 11:00" in text


def test_finns_are_written_to_in_finnish():
    subject, text = confirmation(make_notice(), "fi")

    assert subject == "Asennusaikasi 2.6. klo 9.00–11.00"
    assert "tiistaina 2.6.2026 klo 9.00–11.00" in text


def test_other_languages_get_english():
    assert confirmation(make_notice(), "sv") == confirmation(make_notice(), "en")


@pytest.mark.parametrize("language", ["en", "fi"])
def test_every_letter_says_what_where_and_how_to_follow(language: str):
    _subject, text = confirmation(make_notice(), language)

    assert all(part in text for part in (NOTICE.name, NOTICE.what, NOTICE.where, NOTICE.tracking_url))
