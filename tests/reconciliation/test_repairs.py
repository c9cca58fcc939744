"""Every kind of break is repaired by whose desk it is, undone, waived, and gone for the next run; against the real ledger."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.lifecycle import IllegalMove
from backend.reconciliation import settling
from backend.reconciliation.approvers import approvers_of
from backend.reconciliation.lifecycle import BreakState
from backend.reconciliation.routes import ROUTES
from backend.reconciliation.schemas import BreakKind, NotYoursToRepair
from tests.factories.callers import calling
from tests.fakes import FixedClock
from tests.reconciliation.operator import ADMINISTRATOR, LedgerBilling, Operator

pytestmark = pytest.mark.anyio

K = BreakKind
ANALYST = Principal(actor=SYSTEM, role=Role.BILLING_ANALYST)
KEEPER = Principal(actor=SYSTEM, role=Role.WAREHOUSE)


@pytest.fixture
def ledger(tmp_path: Path, clock: FixedClock) -> Iterator[LedgerBilling]:
    opened = LedgerBilling(tmp_path / "ledger.db", clock)
    yield opened
    opened.storage.close()


@pytest.fixture
async def operator(database: Database, ledger: LedgerBilling, clock: FixedClock) -> Operator:
    operator = Operator(database, ledger, clock)
    await operator.open(homes=2)
    return operator


async def test_a_hundred_random_drifts_are_found_and_their_repairs_bring_the_balance_to_nothing(
    database: Database, ledger: LedgerBilling, clock: FixedClock
):
    """A thousand of them: `pytest --drills tests/drills/test_drifts.py`."""
    operator = Operator(database, ledger, clock, seed=100)
    await operator.open_town(homes=104)
    in_balance = await operator.compared()
    await operator.drift_at_random(100)

    found = await operator.compared()
    for one in found:
        await operator.approve(one.id)
    left = await operator.compared()

    assert in_balance == []
    assert {(one.kind, one.subject_id) for one in found} == operator.expected
    assert len(found) == 100
    assert [(one.kind, one.state) for one in left] == []


async def test_undone_repairs_leave_every_break_as_it_was(database: Database, ledger: LedgerBilling, clock: FixedClock):
    operator = Operator(database, ledger, clock)
    await operator.open(homes=len(BreakKind))
    for kind, service_id in zip(BreakKind, sorted(operator.homes), strict=True):
        await operator.drift(kind, service_id)
    found = await operator.compared()
    for one in found:
        await operator.approve(one.id)
    await operator.speak()

    for one in found:
        async with database.transaction(SYSTEM, "test") as tx:
            await settling.reverse(tx, ADMINISTRATOR, one.id)
    still = await operator.compared()

    assert {(one.kind, one.subject_id, one.state) for one in still} == {
        (kind, subject_id, BreakState.REPAIR_PROPOSED) for kind, subject_id in operator.expected
    }


async def test_two_breaks_of_one_item_are_repaired_one_after_the_other(operator: Operator):
    service_id = next(iter(operator.homes))
    await operator.drift(K.WRONG_START, service_id)
    await operator.drift(K.WRONG_PLAN, service_id)

    for one in await operator.compared():
        await operator.approve(one.id)

    assert await operator.compared() == []


async def test_a_repair_is_approved_only_by_the_desk_whose_it_is(operator: Operator):
    await operator.drift(K.ACTIVE_NOT_BILLED, next(iter(operator.homes)))
    [found] = await operator.compared()
    approvers = approvers_of(found.repair)

    with pytest.raises(NotYoursToRepair) as refused:
        await operator.approve(found.id, KEEPER)
    await operator.approve(found.id, ANALYST)
    with pytest.raises(IllegalMove):
        await operator.approve(found.id, ANALYST)

    assert refused.value.params["roles"] == approvers == ["administrator", "billing_analyst"]


async def test_what_billing_did_by_itself_has_no_repair_of_ours(operator: Operator):
    service_id = next(iter(operator.homes))
    await operator.drift(K.WRONG_PLAN, service_id)
    foreign = (await operator.billing.extract()).items
    operator.billing.items = [msgspec.structs.replace(one, trigger_id=UUID(int=5)) for one in foreign]

    [found] = await operator.compared()

    assert (found.state, found.repair) == (BreakState.OPEN, None)


async def test_a_waived_break_stays_waived_while_it_lasts(operator: Operator):
    await operator.drift(K.ACTIVE_NOT_BILLED, next(iter(operator.homes)))
    [found] = await operator.compared()

    async with calling(operator.database, ROUTES, ANALYST) as http:
        path = f"/api/v1/breaks/{found.id}"
        empty = await http.post(f"{path}/waiver", json={"reason": ""})
        waived = await http.post(f"{path}/waiver", json={"reason": "a test line of our own"})
        [still] = await operator.compared()
        reopened = await http.delete(f"{path}/waiver")
        repaired = await http.post(f"{path}/repair")

    assert (empty.status_code, waived.json()["waive_reason"]) == (400, "a test line of our own")
    assert (still.id, still.state) == (found.id, BreakState.WAIVED)
    assert (reopened.json()["state"], repaired.json()["state"]) == ("repairProposed", "repairing")
    assert repaired.json()["repair"]["done_id"] is not None
