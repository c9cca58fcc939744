"""The named operations of a technician's day, as arguments that can be checked where they arrive.

A device sends what was done, never a row. Whether it is allowed is decided by the server's use cases; here is only
its shape. Unlike messages, operations refuse unknown fields: a field that nobody reads would be work that is lost.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta

from sync.fields import Field, Value
from sync.operation import CaptureMethod, LongText, Operation
from sync.protocol import Milliseconds, ReasonCode, Sha256, Text
from sync.vanwork import VAN_OPERATIONS, HandedOver, StockCounted, carries_something, counts_one_way
from sync.wire import malformed

__all__ = ["CaptureMethod", "Operation"]

ReasonPath: TypeAlias = Annotated[str, Meta(max_length=128, pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(?![\s\S])")]
"""A leaf of the reason tree from its root, such as `no_access.dog_loose`."""


class OperationError(Exception):
    """An operation that cannot be read: recorded as it came, answered `rejected` with this code and path."""

    def __init__(self, code: ReasonCode, path: str, detail: str) -> None:
        super().__init__(f"{code} at {path}: {detail}")
        self.code = code
        self.path = path
        self.detail = detail


class Outcome(StrEnum):
    """How a completed job ended."""

    FULL = "full"
    PARTIAL = "partial"


class Activity(StrEnum):
    """What time was spent on."""

    TRAVEL = "travel"
    WORK = "work"
    WAIT = "wait"
    BREAK = "break"


class Safety(StrEnum):
    """How a technician who works alone is; help: somebody has to act at once."""

    OK = "ok"
    HELP = "help"


class Acknowledge(Operation, frozen=True, kw_only=True):
    """The technician has read the job and takes it."""


class EnRoute(Operation, frozen=True, kw_only=True):
    """On the way to the premises."""


class Arrive(Operation, frozen=True, kw_only=True):
    """At the premises."""


class Start(Operation, frozen=True, kw_only=True):
    """Work began."""


class Suspend(Operation, frozen=True, kw_only=True):
    """Work stops and will be taken up again, perhaps by someone else."""

    reason: ReasonPath


class Resume(Operation, frozen=True, kw_only=True):
    """Suspended work goes on."""


class Complete(Operation, frozen=True, kw_only=True):
    """The job is done. undone: order items or tasks left open, some when partial, none when full."""

    outcome: Outcome
    undone: Annotated[tuple[Text, ...], Meta(max_length=100)] = ()


class NotDone(Operation, frozen=True, kw_only=True):
    """The job could not be done."""

    reason: ReasonPath
    note: LongText | None = None


class Note(Operation, frozen=True, kw_only=True):
    """Words for whoever comes next; appended, never edited."""

    text: LongText


class ChecklistAnswer(Operation, frozen=True, kw_only=True):
    """The answer to one item of the checklist; null takes it back."""

    item: Text
    value: bool | int | float | LongText | None


class Photo(Operation, frozen=True, kw_only=True):
    """A photo that travels by itself, named by its content. bytes: its size, at most 50 MiB."""

    sha256: Sha256
    media_type: Annotated[str, Meta(max_length=64, pattern=r"^image/[a-z0-9.+-]+(?![\s\S])")]
    bytes: Annotated[int, Meta(ge=1, le=50 << 20)]


class Signature(Operation, frozen=True, kw_only=True):
    """The customer's signature, an image named by its content, and the name in plain letters."""

    sha256: Sha256
    signer_name: Text


class Measure(Operation, frozen=True, kw_only=True):
    """A measured value, such as `light_level` -18.5 `dBm`."""

    name: Text
    value: float
    unit: Annotated[str, Meta(min_length=1, max_length=16)]


class SerialInstalled(Operation, frozen=True, kw_only=True):
    """A serialised unit was handed over and put in.

    is_confirmed: the technician was asked about the serial (`sync.serials`) and says that the label reads so.
    """

    serial: Text
    method: CaptureMethod
    model: Text | None = None
    order_item_id: Text | None = None
    is_confirmed: bool = False


class SerialRecovered(Operation, frozen=True, kw_only=True):
    """A serialised unit was taken out and goes back with the technician. is_confirmed: as of one that was put in."""

    serial: Text
    method: CaptureMethod
    model: Text | None = None
    is_confirmed: bool = False


class SerialSwapped(Operation, frozen=True, kw_only=True):
    """One unit out and another in its place, as one fact. model, order_item_id: of the one that was put in."""

    recovered: Text
    installed: Text
    method: CaptureMethod
    model: Text | None = None
    order_item_id: Text | None = None
    is_confirmed: bool = False


class HazardAcknowledged(Operation, frozen=True, kw_only=True):
    """A hazard note was read before work began."""

    hazard: Text


class TimeEntry(Operation, frozen=True, kw_only=True):
    """Time spent, by the device's clock, to be corrected with the mutation's offset."""

    activity: Activity
    start_ms: Milliseconds
    end_ms: Milliseconds


class PartsConsumed(Operation, frozen=True, kw_only=True):
    """Counted parts taken from the van; a quantity used, never a balance."""

    part: Text
    quantity: Annotated[int, Meta(ge=1, le=10_000)]


class SafetyCheckIn(Operation, frozen=True, kw_only=True):
    """A sign of life from a place where nobody else is; a call for help is put before a dispatcher."""

    state: Safety = Safety.OK
    note: LongText | None = None


class FollowUp(Operation, frozen=True, kw_only=True):
    """Another job is needed at these premises. work: code of its work; a dispatcher decides."""

    work: Text
    reason: ReasonPath
    note: LongText | None = None


class Observe(Operation, frozen=True, kw_only=True):
    """A field of the document is otherwise than it says. was: the value that was seen, the base of the merge.

    Sent along because a server keeps no old versions, and because an offline device may have shown its own guess.
    """

    field: Field
    value: Value
    was: Value = None


class RestoreValue(Operation, frozen=True, kw_only=True):
    """A value that lost a merge comes back. lost: its id in the document's `lost_values`."""

    lost: Text


OPERATIONS: Final[dict[str, type[Operation]]] = {
    "acknowledge": Acknowledge,
    "en_route": EnRoute,
    "arrive": Arrive,
    "start": Start,
    "suspend": Suspend,
    "resume": Resume,
    "complete": Complete,
    "not_done": NotDone,
    "note": Note,
    "checklist_answer": ChecklistAnswer,
    "photo": Photo,
    "signature": Signature,
    "measure": Measure,
    "serial_installed": SerialInstalled,
    "serial_recovered": SerialRecovered,
    "serial_swapped": SerialSwapped,
    "hazard_acknowledged": HazardAcknowledged,
    "time_entry": TimeEntry,
    "parts_consumed": PartsConsumed,
    "safety_check_in": SafetyCheckIn,
    "follow_up": FollowUp,
    "observe": Observe,
    "restore_value": RestoreValue,
    **VAN_OPERATIONS,
}
"""Arguments by name of operation, the `op` of a mutation."""


def decode(op: str, args: Mapping[str, Any], *, kind: str = "job") -> Operation:
    """Read the arguments of a mutation.

    Raises OperationError: unknown_operation at `$.op`, or at `$.kind` for another kind of document;
    invalid_arguments at the offending place, such as `$.args.outcome`.
    """
    shape = OPERATIONS.get(op)
    if shape is None:
        raise OperationError(ReasonCode.UNKNOWN_OPERATION, "$.op", f"no operation is called {op!r}")
    if kind != shape.kind:
        raise OperationError(ReasonCode.UNKNOWN_OPERATION, "$.kind", f"{op} is about a {shape.kind}, not a {kind}")
    try:
        operation = msgspec.convert(args, shape, strict=True)
    except msgspec.ValidationError as error:
        fault = malformed(error, root="$.args")
        raise OperationError(ReasonCode.INVALID_ARGUMENTS, fault.path, fault.refusal.detail or "") from error
    _check(operation)
    return operation


def name_of(operation: Operation) -> str:
    """The name under which a mutation carries this operation."""
    return next(name for name, shape in OPERATIONS.items() if shape is type(operation))


def arguments(operation: Operation) -> dict[str, Any]:
    """Write an operation as the `args` of a mutation."""
    return msgspec.to_builtins(operation)


def _check(operation: Operation) -> None:
    """Refuse what each field allows but the whole does not."""
    if isinstance(operation, Complete) and (operation.outcome is Outcome.PARTIAL) != bool(operation.undone):
        detail = "partial names what was left undone, full leaves nothing"
        raise OperationError(ReasonCode.INVALID_ARGUMENTS, "$.args.undone", detail)
    if isinstance(operation, SerialSwapped) and operation.recovered == operation.installed:
        raise OperationError(ReasonCode.INVALID_ARGUMENTS, "$.args.installed", "a unit cannot replace itself")
    if isinstance(operation, TimeEntry) and operation.end_ms < operation.start_ms:
        raise OperationError(ReasonCode.INVALID_ARGUMENTS, "$.args.end_ms", "an entry cannot end before it starts")
    if isinstance(operation, HandedOver) and not carries_something(operation):
        raise OperationError(ReasonCode.INVALID_ARGUMENTS, "$.args.serials", "a hand-over is of units, parts or both")
    if isinstance(operation, StockCounted) and not counts_one_way(operation):
        raise OperationError(ReasonCode.INVALID_ARGUMENTS, "$.args.quantity", "a count is of serials or a quantity")
