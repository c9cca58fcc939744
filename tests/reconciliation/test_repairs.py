"""Every kind of break is repaired by whose desk it is, undone, waived, and gone for the next run; against the real ledger."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec
import pytest

from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.lifecycle import IllegalMove
from backend.reconciliation import settling
from backend.reconciliation.causes import INSTALLING
from backend.reconciliation.lifecycle import BreakState
from backend.reconciliation.models import ServiceBreak
from backend.reconciliation.routes import ROUTES
from backend.reconciliation.schemas import BreakKind, NotYoursToRepair
from tests.factories.callers import calling
from tests.fakes import FixedClock
from tests.reconciliation.operator import LedgerBilling, Operator
from tests.reconciliation.runs import breaks, reconcile

pytestmark = pytest.mark.anyio

K = BreakKind
ADMINISTRATOR = Principal(actor=SYSTEM, role=Role.ADMINISTRATOR)
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


async def compared(operator: Operator) -> list[ServiceBreak]:
    """What a run a day later leaves unclosed, after billing has heard all."""
    await operator.speak()
    operator.clock.advance(INSTALLING.total_seconds())
    await reconcile(operator.database, operator.billing)  # type: ignore[arg-type]
    return [one for one in await breaks(operator.database) if one.state is not BreakState.CLOSED]


async def approve(operator: Operator, break_id: UUID, principal: Principal = ADMINISTRATOR) -> None:
    async with operator.database.transaction(SYSTEM, "test") as tx:
        await settling.approve(tx, principal, break_id)


async def test_random_drifts_are_found_and_their_repairs_bring_the_balance_to_nothing(
    database: Database, ledger: LedgerBilling, clock: FixedClock
):
    operator = Operator(database, ledger, clock)
    await operator.open(homes=12)
    kinds = list(BreakKind)
    for number, service_id in enumerate(sorted(operator.homes)[:10]):
        await operator.drift(kinds[number] if number < len(kinds) else Random(number).choice(kinds[:5]), service_id)

    found = await compared(operator)
    for one in found:
        await approve(operator, one.id)
    left = await compared(operator)

    assert {(one.kind, one.subject_id) for one in found} == operator.expected
    assert [(one.kind, one.state) for one in left] == []


async def test_undone_repairs_leave_every_break_as_it_was(database: Database, ledger: LedgerBilling, clock: FixedClock):
    operator = Operator(database, ledger, clock)
    await operator.open(homes=len(BreakKind))
    for kind, service_id in zip(BreakKind, sorted(operator.homes), strict=True):
        await operator.drift(kind, service_id)
    found = await compared(operator)
    for one in found:
        await approve(operator, one.id)
    await operator.speak()

    for one in found:
        async with database.transaction(SYSTEM, "test") as tx:
            await settling.reverse(tx, ADMINISTRATOR, one.id)
    still = await compared(operator)

    assert {(one.kind, one.subject_id, one.state) for one in still} == {
        (kind, subject_id, BreakState.REPAIR_PROPOSED) for kind, subject_id in operator.expected
    }


async def test_two_breaks_of_one_item_are_repaired_one_after_the_other(operator: Operator):
    service_id = next(iter(operator.homes))
    await operator.drift(K.WRONG_START, service_id)
    await operator.drift(K.WRONG_PLAN, service_id)

    for one in await compared(operator):
        await approve(operator, one.id)

    assert await compared(operator) == []


async def test_a_repair_is_approved_only_by_the_desk_whose_it_is(operator: Operator):
    await operator.drift(K.ACTIVE_NOT_BILLED, next(iter(operator.homes)))
    [found] = await compared(operator)

    with pytest.raises(NotYoursToRepair) as refused:
        await approve(operator, found.id, KEEPER)
    await approve(operator, found.id, ANALYST)
    with pytest.raises(IllegalMove):
        await approve(operator, found.id, ANALYST)

    assert refused.value.params["roles"] == ["administrator", "billing_analyst"]


async def test_what_billing_did_by_itself_has_no_repair_of_ours(operator: Operator):
    service_id = next(iter(operator.homes))
    await operator.drift(K.WRONG_PLAN, service_id)
    foreign = (await operator.billing.extract()).items
    operator.billing.items = [msgspec.structs.replace(one, trigger_id=UUID(int=5)) for one in foreign]

    [found] = await compared(operator)

    assert (found.state, found.repair) == (BreakState.OPEN, None)


async def test_a_waived_break_stays_waived_while_it_lasts(operator: Operator):
    await operator.drift(K.ACTIVE_NOT_BILLED, next(iter(operator.homes)))
    [found] = await compared(operator)

    async with calling(operator.database, ROUTES, ANALYST) as http:
        path = f"/api/v1/breaks/{found.id}"
        empty = await http.post(f"{path}/waiver", json={"reason": ""})
        waived = await http.post(f"{path}/waiver", json={"reason": "a test line of our own"})
        [still] = await compared(operator)
        reopened = await http.delete(f"{path}/waiver")
        repaired = await http.post(f"{path}/repair")

    assert (empty.status_code, waived.json()["waive_reason"]) == (400, "a test line of our own")
    assert (still.id, still.state) == (found.id, BreakState.WAIVED)
    assert (reopened.json()["state"], repaired.json()["state"]) == ("repairProposed", "repairing")
    assert repaired.json()["repair"]["done_id"] is not None
