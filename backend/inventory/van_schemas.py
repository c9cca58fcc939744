"""What the phone of a technician knows of the own van."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.inventory.lifecycle import TransferState
from backend.inventory.models import LocationKind


class VanLevel(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a model the van should hold."""

    minimum: int
    maximum: int


class ComingUnit(msgspec.Struct, frozen=True, kw_only=True):
    serial: str
    model: str


class ComingTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer on its way to the van: what of it has not arrived. parts: model → how many."""

    id: UUID
    from_name: str
    state: TransferState
    shipped_at: datetime
    units: list[ComingUnit]
    parts: dict[str, int]


class HandInPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A depot or a place of returns, where something may be handed over."""

    id: UUID
    name: str
    kind: LocationKind


class VanDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A van, without its units. parts: every model that is counted → how many by the ledger, below 0 when more was used;
    levels: by model; counted: model → when it was last counted there.
    """

    id: UUID
    name: str
    parts: dict[str, int]
    levels: dict[str, VanLevel]
    counted: dict[str, datetime]
    transfers: list[ComingTransfer]
    places: list[HandInPlace]
