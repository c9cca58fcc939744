"""What is earned waits for acceptance where its charge says so, and can be read as it was known on a date."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Update, update

from backend.billing import service
from backend.billing.routes import ROUTES
from backend.catalogue.schemas import EarnedPolicy
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.orders.models import ChargeLine, Handover
from tests.factories.billing import VISIT, make_handover, make_trigger
from tests.factories.callers import calling
from tests.factories.orders import make_shop, make_submitted_order
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

ANALYST = Principal(actor=SYSTEM, role=Role.BILLING_ANALYST)
EARNED = "/api/v1/earned-triggers"
DAY = timedelta(days=1)


async def read(database: Database, known_at: datetime | None = None) -> Any:
    params = {} if known_at is None else {"known_at": known_at.isoformat()}
    async with calling(database, ROUTES, ANALYST) as http:
        return (await http.get(EARNED, params=params)).json()["items"]


async def accept(database: Database, earned_id: str, at: datetime) -> tuple[int, Any]:
    async with calling(database, ROUTES, ANALYST) as http:
        answer = await http.post(f"{EARNED}/{earned_id}/acceptance", json={"accepted_at": at.isoformat()})
    return answer.status_code, answer.json()


async def hand_over(database: Database, policy: EarnedPolicy, *, by_job: bool) -> None:
    """A mesh unit reaches the customer, by a job or without one, and is billed; its charge is earned by this policy."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        await write(tx, update(ChargeLine).where(ChargeLine.order_id == order.id).values(earned=policy))
        proof = await make_handover(tx, order.id)
        if not by_job:
            await write(tx, update(Handover).where(Handover.id == proof).values(job_id=None))
        await service.trigger_handover(tx, proof)


async def write(tx: Transaction, statement: Update) -> None:
    await tx.session.execute(statement, execution_options={"synchronize_session": "fetch"})


@pytest.mark.parametrize(
    ("policy", "by_job", "state"),
    [
        (EarnedPolicy.AT_HANDOVER, False, "earned"),
        (EarnedPolicy.ON_ACCEPTANCE, True, "earned"),
        (EarnedPolicy.ON_ACCEPTANCE, False, "unearned"),
    ],
)
async def test_goods_are_earned_when_their_policy_says_so(
    database: Database,
    policy: EarnedPolicy,
    by_job: bool,  # noqa: FBT001 - pytest names it
    state: str,
):
    await hand_over(database, policy, by_job=by_job)

    [earned] = await read(database)
    assert (earned["policy"], earned["state"]) == (policy, state)


async def test_what_is_earned_on_acceptance_is_earned_from_then_on_once(database: Database):
    await hand_over(database, EarnedPolicy.ON_ACCEPTANCE, by_job=False)
    [waiting] = await read(database)

    first = await accept(database, waiting["id"], MONDAY)
    again = await accept(database, waiting["id"], MONDAY + DAY)

    assert first == again
    assert (first[0], first[1]["state"], first[1]["earned_from"]) == (200, "earned", "2026-06-01T06:00:00Z")


async def test_what_is_earned_otherwise_cannot_be_accepted(database: Database):
    await hand_over(database, EarnedPolicy.AT_HANDOVER, by_job=True)
    [earned] = await read(database)

    status, problem = await accept(database, earned["id"], MONDAY)

    assert (status, problem["code"]) == (409, "not_earned_on_acceptance")


async def test_what_was_earned_can_be_read_as_it_was_known_on_a_date(database: Database, clock: FixedClock):
    trigger = await make_trigger(database)
    assert trigger.service_id is not None
    clock.advance(DAY.total_seconds())
    async with database.transaction(SYSTEM, "test") as tx:
        await service.stop_billing(tx, trigger.service_id, VISIT + timedelta(hours=1))  # it ended long before we heard

    [before] = await read(database, MONDAY)
    [now] = await read(database)

    assert await read(database, MONDAY - DAY) == []
    assert (before["state"], before["earned_until"]) == ("earned", None)
    assert (now["state"], now["earned_until"]) == ("earned", "2026-06-01T05:00:00Z")


async def test_a_date_without_its_offset_is_refused(database: Database):
    async with calling(database, ROUTES, ANALYST) as http:
        answer = await http.get(EARNED, params={"known_at": "2026-06-01T09:00:00"})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_instant")
