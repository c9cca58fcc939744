"""Units that are with a customer and should not be: enter that one came back, or that it did not after all."""

from uuid import UUID

from backend.inventory import ledger, queries
from backend.inventory.lifecycle import SerialCommand
from backend.inventory.models import LocationKind, MoveReason
from backend.inventory.schemas import NoSuchLocation, UnknownSerial
from backend.kernel.db import Transaction
from backend.kernel.facts import move


async def take_back(tx: Transaction, unit_id: UUID, *, subject_id: UUID) -> UUID:
    """The unit came back to the place of returns; the id of the location where it was. subject_id: why.

    Raises UnknownSerial, NoSuchLocation where there is no place of returns, IllegalMove.
    """
    unit = (await queries.lock_units_by_id(tx, [unit_id])).get(unit_id)
    if unit is None:
        raise UnknownSerial(unit_id=str(unit_id))
    places = await queries.location_page(tx, kind=LocationKind.RETURNS, location_id=None, after=None, limit=1)
    if not places:
        raise NoSuchLocation(kind=str(LocationKind.RETURNS))
    was_at = unit.location_id
    move(tx, unit, SerialCommand.RECOVER, detail={"subject_id": str(subject_id)})
    ledger.put(tx, unit, places[0].id, MoveReason.RECOVERY, subject_id=subject_id)
    return was_at


async def reinstate(tx: Transaction, unit_id: UUID, location_id: UUID, *, subject_id: UUID) -> None:
    """Undo `take_back`: the unit is still where it was. Raises UnknownSerial, IllegalMove."""
    unit = (await queries.lock_units_by_id(tx, [unit_id])).get(unit_id)
    if unit is None:
        raise UnknownSerial(unit_id=str(unit_id))
    move(tx, unit, SerialCommand.REINSTATE, detail={"subject_id": str(subject_id)})
    ledger.put(tx, unit, location_id, MoveReason.INSTALLATION, subject_id=subject_id)
