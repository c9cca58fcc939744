"""What began a difference fits its kind, whatever billing was told before; and each way to differ has its own cause."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from backend.billing.lifecycle import TriggerState
from backend.billing.schemas import TriggerView
from backend.catalogue.schemas import Period, ServiceKind
from backend.kernel.db import Database
from backend.reconciliation.blaming import FITTING, beginning
from backend.reconciliation.schemas import BreakCause, BreakKind, Finding, Repair, RepairAction
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView
from clients.billing.messages import Kind
from tests.factories.billing import VISIT
from tests.fakes import MONDAY, FixedClock
from tests.reconciliation.operator import WAYS, LedgerBilling, Operator

pytestmark = pytest.mark.anyio

K, C = BreakKind, BreakCause
OF_SERVICES = sorted(kind for kind in K if kind not in (K.INSTALLED_NO_SERVICE, K.ORPHAN_SERIAL))
SERVICE, OTHER = UUID(int=1), UUID(int=2)
PRICE = 3990


def trigger(number: int, kind: Kind, state: TriggerState = TriggerState.APPLIED, **changes: object) -> TriggerView:
    values: dict[str, object] = {
        "effective_at": VISIT,
        "recorded_at": VISIT + timedelta(hours=number),
        "amount_minor": PRICE,
        "supersedes": None,
    }
    return TriggerView(
        id=UUID(int=100 + number),
        kind=kind,
        state=state,
        order_id=None,
        order_number=None,
        account_id=OTHER,
        charge_line_id=None,
        charge_code="P1",
        description="Internet",
        service_id=SERVICE,
        sequence=number,
        quantity=1,
        currency="EUR",
        period=Period.MONTH,
        acknowledged_at=None,
        ledger_entry_id=None,
        reason=None,
        is_due=False,
        attempts=1,
        last_error=None,
        **(values | changes),  # type: ignore[arg-type]
    )


def service(*, ended: datetime | None = None, rests: datetime | None = None) -> ServiceView:
    state = ServiceState.TERMINATED if ended else ServiceState.INACTIVE if rests else ServiceState.ACTIVE
    return ServiceView(
        id=SERVICE,
        version=1,
        kind=ServiceKind.INTERNET,
        account_id=OTHER,
        premises_id=OTHER,
        order_item_id=OTHER,
        state=state,
        characteristics={},
        active_since=VISIT,
        suspended_at=rests,
        terminated_at=ended,
        resources={},
    )


def finding(kind: BreakKind, *, named: UUID | None = None) -> Finding:
    repair = Repair(action=RepairAction.CORRECT_BILLING, trigger_id=named) if named else None
    expected = f"{PRICE} EUR" if kind is K.WRONG_PLAN else VISIT.isoformat()
    return Finding(
        kind=kind,
        subject_id=SERVICE,
        service_id=SERVICE,
        since=VISIT,
        risk_minor_per_day=1,
        currency="EUR",
        expected=expected,
        repair=repair,
    )


def test_each_kind_of_difference_has_causes_that_fit_it_and_each_cause_a_difference() -> None:
    earlier = {C.NONE, C.LOST_CORRECTED}  # of breaks that an earlier version found

    assert FITTING.keys() == set(K)
    assert frozenset().union(*FITTING.values()) == set(C) - earlier


@pytest.mark.parametrize("kind", OF_SERVICES)
def test_the_cause_fits_whatever_billing_was_told(kind: BreakKind) -> None:
    random = Random(kind)
    for _ in range(2_000):
        told = [
            trigger(number, random.choice(list(Kind)), random.choice(list(TriggerState)))
            for number in range(random.randrange(5))
        ]
        known = random.choice([service(), service(ended=MONDAY), service(rests=MONDAY)])
        named = random.choice([None, OTHER, *(one.id for one in told)])

        found = beginning(finding(kind, named=named), known, told)

        assert found.cause in FITTING[kind], f"{kind}: {[(one.kind, one.state) for one in told]}"


S = TriggerState


@pytest.mark.parametrize(
    ("kind", "known", "told", "cause", "about"),
    [
        (K.ACTIVE_NOT_BILLED, service(), [], C.NEVER_TOLD, SERVICE),
        (K.ACTIVE_NOT_BILLED, service(), [trigger(1, Kind.START)], C.LOST, UUID(int=101)),
        (K.ACTIVE_NOT_BILLED, service(), [trigger(1, Kind.START, S.REJECTED)], C.REJECTED, UUID(int=101)),
        (K.ACTIVE_NOT_BILLED, service(), [trigger(1, Kind.START, S.SENT)], C.SENT, UUID(int=101)),
        (
            K.ACTIVE_NOT_BILLED,
            service(),
            [trigger(1, Kind.START), trigger(2, Kind.STOP, S.DEAD_LETTER)],
            C.LOST,
            UUID(int=101),
        ),
        (K.BILLED_NOT_ACTIVE, service(ended=MONDAY), [trigger(1, Kind.START)], C.ENDED, SERVICE),
        (K.BILLED_NOT_ACTIVE, service(rests=MONDAY), [trigger(1, Kind.START)], C.RESTS, SERVICE),
        (
            K.BILLED_NOT_ACTIVE,
            service(rests=MONDAY),
            [trigger(1, Kind.SUSPEND), trigger(2, Kind.RESUME)],
            C.RESTS,
            SERVICE,
        ),
        (K.BILLED_NOT_ACTIVE, service(ended=MONDAY), [trigger(2, Kind.STOP)], C.LOST, UUID(int=102)),
        (
            K.BILLED_NOT_ACTIVE,
            service(ended=MONDAY),
            [trigger(2, Kind.STOP, S.DEAD_LETTER)],
            C.DEAD_LETTER,
            UUID(int=102),
        ),
        (
            K.DOUBLE_BILLED,
            service(),
            [trigger(1, Kind.START), trigger(2, Kind.SUSPEND), trigger(3, Kind.RESUME)],
            C.BEGAN_AGAIN,
            UUID(int=103),
        ),
        (
            K.DOUBLE_BILLED,
            service(),
            [trigger(1, Kind.START), trigger(2, Kind.SUSPEND, S.REJECTED), trigger(3, Kind.RESUME)],
            C.REJECTED,
            UUID(int=102),
        ),
        (K.WRONG_START, service(), [trigger(1, Kind.START)], C.BOOKED_OTHERWISE, UUID(int=101)),
        (K.WRONG_START, service(), [trigger(1, Kind.START, effective_at=MONDAY)], C.TOLD_OTHERWISE, UUID(int=101)),
        (
            K.WRONG_START,
            service(),
            [
                trigger(1, Kind.START, effective_at=MONDAY),
                trigger(2, Kind.CORRECT, S.REJECTED, supersedes=UUID(int=101)),
            ],
            C.REJECTED,
            UUID(int=102),
        ),
        (K.WRONG_START, service(), [], C.UNASKED, SERVICE),
        (K.WRONG_PLAN, service(), [trigger(1, Kind.START)], C.BOOKED_OTHERWISE, UUID(int=101)),
        (K.WRONG_PLAN, service(), [trigger(1, Kind.START, amount_minor=1)], C.TOLD_OTHERWISE, UUID(int=101)),
        (
            K.WRONG_PLAN,
            service(),
            [trigger(1, Kind.START, amount_minor=1), trigger(2, Kind.CHANGE, S.DELIVERED)],
            C.DELIVERED,
            UUID(int=102),
        ),
    ],
)
def test_the_cause_is_what_can_bring_it_about(
    kind: BreakKind, known: ServiceView, told: Sequence[TriggerView], cause: BreakCause, about: UUID
) -> None:
    found = beginning(finding(kind), known, told)

    assert (found.cause, found.subject_id) == (cause, about)


def test_a_second_entry_that_no_trigger_of_ours_made_is_billings_own() -> None:
    found = beginning(finding(K.DOUBLE_BILLED, named=OTHER), service(), [trigger(1, Kind.START)])

    assert found.cause is C.UNASKED


def test_a_service_that_we_do_not_know_is_named_as_such() -> None:
    assert beginning(finding(K.BILLED_NOT_ACTIVE), None, []).cause is C.UNKNOWN


BY_WAY = {
    "billing_lost_it": C.LOST,
    "never_told": C.NEVER_TOLD,
    "ended_untold": C.ENDED,
    "rests_untold": C.RESTS,
    "wrong_start": C.BOOKED_OTHERWISE,
    "wrong_plan": C.BOOKED_OTHERWISE,
    "double_billed": C.BEGAN_AGAIN,
    "installed_no_service": C.PUT_IN,
    "orphan_serial": C.PUT_IN,
    "orphan_resource": C.ENDED,
}


async def test_each_way_in_which_the_two_sides_drift_apart_is_told_by_its_cause(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    ledger = LedgerBilling(tmp_path / "ledger.db", clock)
    operator = Operator(database, ledger, clock)
    planted = [(kind, way) for kind, some in WAYS.items() for way in some]
    with closing(ledger.storage):
        await operator.open(homes=len(planted))
        wanted: dict[tuple[BreakKind, UUID], BreakCause] = {}
        for (kind, way), service_id in zip(planted, sorted(operator.homes), strict=True):
            wanted[kind, await operator.drift(kind, service_id, way)] = BY_WAY[way.__name__.strip("_")]

        found = {(one.kind, one.subject_id): one.root_cause.event for one in await operator.compared()}

    assert found == wanted
