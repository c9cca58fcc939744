"""A thousand random drifts on either side: every one is found, by its right name, and nothing else is."""

from datetime import timedelta
from random import Random
from uuid import UUID

import msgspec
import pytest

from backend.reconciliation.equipment import stray_units
from backend.reconciliation.planning import differences
from backend.reconciliation.schemas import (
    BilledItem,
    BreakKind,
    Finding,
    InstalledUnit,
    RepairAction,
    RunningService,
    ServedPremises,
)
from tests.fakes import MONDAY

SERVICES, DRIFTS = 6_000, 1_000
K = BreakKind


class Sides:
    """Both sides of an operator in balance, with what looks odd and is right; and how each kind of drift is made."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.running: dict[UUID, RunningService] = {}
        self.billed: dict[UUID, list[BilledItem]] = {}
        self.units: list[InstalledUnit] = []
        self.served: dict[UUID, ServedPremises] = {}
        self.under_way: set[UUID] = set()
        self.ended_at = MONDAY - timedelta(days=1)
        for number in random.sample(range(1, 10 * SERVICES), SERVICES):
            self._add(UUID(int=number))

    def _add(self, service_id: UUID) -> None:
        since = MONDAY - timedelta(seconds=self.random.randrange(10**5, 10**8))
        amount_minor = self.random.choice([990, 3990, 5990])
        service = RunningService(
            service_id=service_id,
            charge_line_id=UUID(int=service_id.int + 10**9),
            account_id=service_id,
            active_since=since,
            amount_minor=amount_minor,
            currency="EUR",
        )
        item = BilledItem(
            service_id=service_id,
            charge_line_id=service.charge_line_id,
            account_id=service_id,
            billed_since=since,
            billed_until=None,
            amount_minor=amount_minor,
            currency="EUR",
            trigger_id=UUID(int=service_id.int + 2 * 10**9),
        )
        self.running[service_id] = service
        self.billed[service_id] = self._odd_but_right(item)
        self.units.append(
            InstalledUnit(unit_id=service_id, serial=f"LW{service_id.int}", model="M", premises_id=service_id)
        )
        self.served[service_id] = ServedPremises(premises_id=service_id, has_run=True)

    def _odd_but_right(self, item: BilledItem) -> list[BilledItem]:
        oddity = self.random.randrange(10)
        if oddity == 0:  # suspended for a while
            rest = item.billed_since + timedelta(hours=1)
            later = msgspec.structs.replace(item, billed_since=rest + timedelta(hours=1), trigger_id=UUID(int=5))
            return [msgspec.structs.replace(item, billed_until=rest), later]
        if oddity == 1:  # whole seconds
            return [msgspec.structs.replace(item, billed_since=item.billed_since + timedelta(milliseconds=999))]
        if oddity == 2:  # billing hears of it just now
            self.under_way.add(item.service_id)
            return []
        if oddity == 3:  # ended on both sides
            del self.running[item.service_id]
            return [msgspec.structs.replace(item, billed_until=self.ended_at)]
        return [item]

    def drift(self, kind: BreakKind, service_id: UUID) -> UUID:
        """Make one drift of this kind at this service; its subject."""
        getattr(self, f"_{kind}")(service_id)
        return service_id

    def _active_not_billed(self, at: UUID) -> None:
        if self.random.random() < 0.5:
            self.billed[at] = []
        else:
            self.billed[at] = [msgspec.structs.replace(one, billed_until=self.ended_at) for one in self.billed[at]]

    def _billed_not_active(self, at: UUID) -> None:
        del self.running[at]

    def _double_billed(self, at: UUID) -> None:
        [item] = self.billed[at]
        twin = msgspec.structs.replace(item, charge_line_id=UUID(int=7), trigger_id=UUID(int=at.int + 3 * 10**9))
        self.billed[at] = [item, twin]

    def _wrong_start(self, at: UUID) -> None:
        late = timedelta(seconds=self.random.choice([-86_400, -2, 2, 3600]))
        self.billed[at] = [
            msgspec.structs.replace(one, billed_since=one.billed_since + late) for one in self.billed[at]
        ]

    def _wrong_plan(self, at: UUID) -> None:
        wrong = self.random.choice([{"amount_minor": 1990}, {"currency": "SEK"}])
        self.billed[at] = [msgspec.structs.replace(one, **wrong) for one in self.billed[at]]

    def _installed_no_service(self, at: UUID) -> None:
        self.served[at] = ServedPremises(premises_id=at, has_run=False)

    def _orphan_serial(self, at: UUID) -> None:
        del self.served[at]

    def findings(self) -> list[Finding]:
        running = sorted(self.running.values(), key=lambda one: one.service_id)
        items = (item for service_id in sorted(self.billed) for item in self.billed[service_id])
        units = sorted(self.units, key=lambda one: one.premises_id or UUID(int=0))
        served = sorted(self.served.values(), key=lambda one: one.premises_id)
        found = list(differences(running, items, under_way=self.under_way))
        return found + list(stray_units(units, served, as_of=MONDAY))

    def repair(self, found: Finding) -> None:
        """What the other side makes of an approved repair."""
        repair = found.repair
        assert repair is not None, f"{found} can be repaired"
        at = found.subject_id
        match repair.action:
            case RepairAction.START_BILLING:
                service = self.running[at]
                terms = {name: getattr(service, name) for name in ("service_id", "charge_line_id", "account_id")}
                new = BilledItem(
                    **terms,
                    billed_since=repair.effective_at or MONDAY,
                    billed_until=None,
                    amount_minor=service.amount_minor,
                    currency=service.currency,
                )
                self.billed[at].append(new)
            case RepairAction.STOP_BILLING:
                self.billed[at] = [msgspec.structs.replace(one, billed_until=MONDAY) for one in self.billed[at]]
            case RepairAction.CORRECT_BILLING:
                self.billed[at] = [
                    self._corrected(one, found) for one in self.billed[at] if not self._is_void(one, found)
                ]
            case RepairAction.TAKE_BACK_UNIT:
                self.units = [one for one in self.units if one.unit_id != at]
            case RepairAction.FREE_RESOURCE:
                raise AssertionError("no resource drifted")

    def _is_void(self, item: BilledItem, found: Finding) -> bool:
        assert found.repair is not None
        return item.trigger_id == found.repair.trigger_id and found.repair.quantity == 0

    def _corrected(self, item: BilledItem, found: Finding) -> BilledItem:
        repair = found.repair
        assert repair is not None
        if item.trigger_id != repair.trigger_id:
            return item
        return msgspec.structs.replace(
            item,
            billed_since=repair.effective_at or item.billed_since,
            amount_minor=item.amount_minor if repair.amount_minor is None else repair.amount_minor,
            currency=self.running[item.service_id].currency,
        )


KINDS: list[BreakKind] = [kind for kind in BreakKind if kind is not K.ORPHAN_RESOURCE]


def planted(sides: Sides, random: Random) -> set[tuple[BreakKind, UUID]]:
    plain = [at for at, items in sides.billed.items() if len(items) == 1 and at in sides.running]
    return {(kind := random.choice(KINDS), sides.drift(kind, at)) for at in random.sample(sorted(plain), DRIFTS)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_drifts_are_found_by_their_names_and_nothing_else_is(seed: int):
    random = Random(seed)
    sides = Sides(random)
    in_balance = sides.findings()

    drifts = planted(sides, random)

    assert in_balance == []
    assert {finding.key for finding in sides.findings()} == drifts
    assert len(drifts) == DRIFTS


def test_approved_repairs_bring_the_difference_to_nothing():
    random = Random(4)
    sides = Sides(random)
    planted(sides, random)

    for finding in sides.findings():
        sides.repair(finding)

    assert sides.findings() == []
