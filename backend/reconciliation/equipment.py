"""The comparison of equipment: what is with customers, and what runs at their premises. Pure, and a stream."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import attrgetter

from backend.reconciliation.pairing import side_by_side
from backend.reconciliation.schemas import (
    NO_CURRENCY,
    BreakKind,
    Finding,
    InstalledUnit,
    Repair,
    RepairAction,
    ServedPremises,
)

NOWHERE = -1  # before every id


def stray_units(
    units: Iterable[InstalledUnit], served: Iterable[ServedPremises], *, as_of: datetime
) -> Iterator[Finding]:
    """Units where nothing runs, and units where nothing ever did. Both sides come sorted by premises.

    Since when each is there is looked up for the few that are found: until then it is `as_of`.
    """
    sides = side_by_side(units, served, left_key=_place_of, right_key=attrgetter("premises_id.int"))
    for there, premises in sides:
        if there and not premises:
            yield from (_stray(BreakKind.ORPHAN_SERIAL, unit, as_of) for unit in there)
        elif there and not premises[0].has_run:
            yield from (_stray(BreakKind.INSTALLED_NO_SERVICE, unit, as_of) for unit in there)


def _place_of(unit: InstalledUnit) -> int:
    return NOWHERE if unit.premises_id is None else unit.premises_id.int


def _stray(kind: BreakKind, unit: InstalledUnit, as_of: datetime) -> Finding:
    """What a day costs is what others pay to have such a unit, which no list says: 0 in no currency."""
    return Finding(
        kind=kind,
        subject_id=unit.unit_id,
        subject=unit.serial,
        premises_id=unit.premises_id,
        since=as_of,
        risk_minor_per_day=0,
        currency=NO_CURRENCY,
        found=unit.model,
        repair=None if unit.premises_id is None else Repair(action=RepairAction.TAKE_BACK_UNIT),
    )
