"""Review cards: asked once, decided once."""

from uuid import UUID

import pytest

from backend.identity.principal import Principal, Role
from backend.jobs import service
from backend.jobs.errors import UnknownReviewCard
from backend.jobs.lifecycle import ReviewCommand, ReviewKind, ReviewState
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.lifecycle import IllegalMove
from backend.offline.routes import resolve_review
from tests.factories.callers import calling
from tests.factories.jobs import SUPERVISOR, make_dispatched_job, make_field
from tests.factories.workforce import make_territory

pytestmark = pytest.mark.anyio

DISMISS = ReviewCommand.DISMISS


async def ask(tx: Transaction, job_id: UUID | None, reason: str = "step_failed", **changes) -> UUID:
    return await service.open_review(
        tx, kind=ReviewKind.FALLOUT, reason=reason, subject="radius", job_id=job_id, **changes
    )


async def test_the_same_question_is_asked_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        job = await make_dispatched_job(tx, await make_field(tx))

        assert await ask(tx, job.id) == await ask(tx, job.id)
        assert await ask(tx, job.id, "timeout") != await ask(tx, job.id)


async def test_a_decided_question_may_come_up_again(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        job = await make_dispatched_job(tx, await make_field(tx))
        first = await ask(tx, job.id)

        await service.resolve_review(tx, SUPERVISOR, first, DISMISS, "done by hand")

        assert await ask(tx, job.id) != first


async def test_a_job_needs_review_until_its_last_card_is_decided(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        job = await make_dispatched_job(tx, await make_field(tx))
        needs = []

        for card in [await ask(tx, job.id), await ask(tx, job.id, "timeout")]:
            needs.append((await service.job_view(tx, job.id)).needs_review)
            await service.resolve_review(tx, SUPERVISOR, card, DISMISS, "fine")

        assert [*needs, (await service.job_view(tx, job.id)).needs_review] == [True, True, False]


async def test_a_card_is_decided_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        card = await ask(tx, None)
        await service.resolve_review(tx, SUPERVISOR, card, DISMISS, "fine")

        with pytest.raises(IllegalMove):
            await service.resolve_review(tx, SUPERVISOR, card, DISMISS, "not fine")


async def test_a_dispatcher_decides_in_the_own_territories(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        job = await make_dispatched_job(tx, await make_field(tx))
        elsewhere = await make_territory(tx, code="HEL-S", name="Helsinki south")
        theirs, others = await ask(tx, job.id), await ask(tx, None, territory_id=elsewhere.id)
        dispatcher = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset({job.territory_id}))

        seen = await service.see_reviews(tx, dispatcher, state=ReviewState.OPEN, page_size=50, cursor=None)

        assert [card.id for card in seen.items] == [theirs]
        with pytest.raises(UnknownReviewCard):
            await service.resolve_review(tx, dispatcher, others, DISMISS, "mine now")


async def test_the_warehouse_decides_what_was_counted_there_and_no_other_cards(database: Database):
    keeper = Principal(actor=SYSTEM, role=Role.WAREHOUSE)
    async with database.transaction(SYSTEM, "test") as tx:
        counted = await service.open_review(tx, kind=ReviewKind.STOCK, reason="count_differs", subject="a count")
        fallout = await ask(tx, None)

    async with calling(database, [resolve_review], keeper) as http:
        body = {"resolution": "dismiss", "note": "found behind the shelf"}
        answers = [await http.post(f"/api/v1/review-cards/{id_}/resolution", json=body) for id_ in (counted, fallout)]

    assert [answer.status_code for answer in answers] == [201, 403]
    assert (answers[0].json()["state"], answers[1].json()["code"]) == ("resolved", "not_yours_to_decide")
