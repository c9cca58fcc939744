"""Two phones, one job: what each of a crew holds, and what becomes of their work."""

from uuid import UUID

import pytest

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from sync.operations import Acknowledge, Complete, EnRoute, HazardAcknowledged, Note, Outcome, Start
from sync.protocol import MutationState
from tests.factories.crews import Pair, give_to_pair, make_pair, make_pull
from tests.factories.customers import HOME
from tests.factories.handset import Handset, make_carrier
from tests.factories.jobs import cards

pytestmark = pytest.mark.anyio


async def two_phones(database: Database) -> tuple[Pair, UUID, Handset, Handset]:
    """A pull on the phones of its lead and of its helper."""
    async with database.transaction(SYSTEM, "test") as tx:
        pair = await make_pair(tx)
        job = await make_pull(tx, pair.territory_id)
        await give_to_pair(tx, job.id, pair.lead, pair.helper)
        lead, helper = [await make_carrier(tx, one) for one in (pair.lead, pair.helper)]
    phones = Handset(database, lead, outbox="phone.lead"), Handset(database, helper, outbox="phone.helper")
    for phone in phones:
        await phone.pull()
    return pair, job.id, *phones


async def test_both_phones_hold_the_job_and_say_who_else_comes(database: Database):
    _pair, _job_id, lead, helper = await two_phones(database)

    [on_lead], [on_helper] = lead.held().values(), helper.held().values()

    assert on_lead == on_helper
    assert [(one["name"], one["leads"]) for one in on_lead["crew"]] == [("Eero Virtanen", True), ("Liisa Koski", False)]


async def test_a_helpers_word_reaches_the_lead(database: Database):
    _pair, job_id, lead, helper = await two_phones(database)
    helper.do(job_id, Acknowledge())
    helper.do(job_id, Note(text="I bring the rods"))

    results = await helper.push()
    await lead.pull()

    [held] = lead.held().values()
    assert [result.status for result in results] == [MutationState.APPLIED, MutationState.APPLIED]
    assert [note["text"] for note in held["notes"]] == ["I bring the rods"]
    assert [one["acknowledged"] for one in held["crew"]] == [False, True]


async def test_a_helper_who_sets_off_is_told_who_says_so(database: Database):
    pair, job_id, _lead, helper = await two_phones(database)
    helper.do(job_id, EnRoute())
    helper.do(job_id, Note(text="On my way"))

    [moved, noted] = await helper.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        [card] = await cards(tx, job_id)
    assert (moved.status, moved.code) == (MutationState.REJECTED, "not_the_lead")
    assert noted.status is MutationState.APPLIED
    assert (card.reason, card.technician_id) == ("not_the_lead", pair.helper.id)


async def test_the_leads_day_is_the_crews(database: Database):
    _, job_id, lead, helper = await two_phones(database)
    hazards = [HazardAcknowledged(hazard=hazard) for hazard in HOME.hazards]
    for operation in (EnRoute(), Start(), *hazards, Complete(outcome=Outcome.FULL)):
        lead.do(job_id, operation)

    results = await lead.push()
    await helper.pull()

    [held] = helper.held().values()
    assert {result.status for result in results} == {MutationState.APPLIED}, results
    assert held["state"] == "completed"


async def test_who_leaves_the_crew_loses_the_job_and_what_they_did_counts(database: Database):
    pair, job_id, _, helper = await two_phones(database)
    helper.do(job_id, Note(text="The duct is full"))
    async with database.transaction(SYSTEM, "test") as tx:
        await give_to_pair(tx, job_id, pair.lead, pair.other)

    [result] = await helper.push()
    await helper.pull()

    assert result.status is MutationState.MERGED
    assert helper.held() == {}
