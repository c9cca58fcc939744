"""The named operations of a technician about the own van: what came, what was handed over, what was counted.

They are about a document of kind `van`, whose id is the place that the van is in stock. Serials are those of units.
"""

from typing import Annotated, ClassVar, Final, TypeAlias

from msgspec import Meta, field

from sync.operation import CaptureMethod, LongText, Operation
from sync.protocol import Text

MAX_SERIALS: Final = 500  # a pallet
MAX_MODELS: Final = 100

Serials: TypeAlias = Annotated[tuple[Text, ...], Meta(max_length=MAX_SERIALS)]
Quantity: TypeAlias = Annotated[int, Meta(ge=1, le=10_000)]
Parts: TypeAlias = Annotated[dict[Text, Quantity], Meta(max_length=MAX_MODELS)]
"""Model of counted parts → how many."""


class VanOperation(Operation, frozen=True, kw_only=True):
    """Arguments of an operation about a van."""

    kind: ClassVar[str] = "van"


class TransferReceived(VanOperation, frozen=True, kw_only=True):
    """What was unpacked of a transfer on its way to the van, by its id, counted when it was; nothing: none of it came."""

    transfer: Text
    serials: Serials = ()
    parts: Parts = field(default_factory=dict[str, int])


class HandedOver(VanOperation, frozen=True, kw_only=True):
    """Units and parts left the van for another place, by its name or id: a depot, another van, a place of returns."""

    to: Text
    serials: Serials = ()
    parts: Parts = field(default_factory=dict[str, int])


class StockCounted(VanOperation, frozen=True, kw_only=True):
    """What there is of one model: the serials of a model that has them, of any other how many."""

    model: Text
    serials: Serials | None = None
    quantity: Annotated[int, Meta(ge=0, le=10_000)] | None = None


class PartsRequested(VanOperation, frozen=True, kw_only=True):
    """The van needs so many more of a model; whoever keeps the store decides."""

    model: Text
    quantity: Quantity
    note: LongText | None = None


class UnitFaulty(VanOperation, frozen=True, kw_only=True):
    """A unit of the van is not to be put in by anybody, and goes back."""

    serial: Text
    method: CaptureMethod
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


VAN_OPERATIONS: Final[dict[str, type[VanOperation]]] = {
    "transfer_received": TransferReceived,
    "handed_over": HandedOver,
    "stock_counted": StockCounted,
    "parts_requested": PartsRequested,
    "unit_faulty": UnitFaulty,
}
"""Arguments by name of operation."""


def carries_something(operation: HandedOver) -> bool:
    """Whether anything left the van."""
    return bool(operation.serials or operation.parts)


def counts_one_way(operation: StockCounted) -> bool:
    """Whether it is said in one way how much there is."""
    return (operation.serials is None) != (operation.quantity is None)
