"""The tables of facts that an operator may fetch for reports of its own, and their columns. EXTRACTS.md tells of them.

Columns are only ever added, at the end: who reads by name or by place goes on reading. Only what never changes once it is
written is here, so that whoever has a row has it for good.
"""

from dataclasses import dataclass

from backend.activation.models import ActivationFact, NetworkContact
from backend.billing.models import BillingTrigger, BillingTriggerFact, EarnedTriggerFact
from backend.booking.models import AppointmentFact, HoldFact
from backend.catalogue.models import DraftFact
from backend.dispatch.models import MoveFact, RunFact, StepFact
from backend.inventory.models import (
    ReservationFact,
    ReturnReceipt,
    SerialFact,
    StockCount,
    StockMove,
    TransferFact,
)
from backend.jobs.models import (
    AssignmentFact,
    FieldRecord,
    FollowUpRequest,
    HazardAcknowledgement,
    JobAnswer,
    JobFact,
    JobMeasurement,
    JobNote,
    JobPhoto,
    JobRecovery,
    JobSerial,
    JobSignature,
    LostValue,
    Observation,
    PartConsumption,
    ReviewFact,
    SafetyRecord,
    TimeEntry,
    WorkOrderFact,
)
from backend.kernel.facts import FactRow
from backend.kernel.tables import Row
from backend.orders.models import ConsignmentFact, Handover, ItemFact, LineFact, OrderFact
from backend.promises.models import PromiseFact
from backend.reconciliation.models import BreakFact
from backend.reconciliation.models import RunFact as ComparisonFact
from backend.resources.models import NumberPorting, ResourceFact, ServiceFact
from backend.returns.models import ExpectedReturnFact
from backend.tracking.models import VisitRating

MOVED = (
    "id",
    "subject_id",
    "command",
    "from_state",
    "to_state",
    "occurred_at",
    "recorded_at",
    "actor_kind",
    "actor_id",
    "detail",
)
RECORDED = ("id", "job_id", "technician_id", "occurred_at", "recorded_at")

MOVES: tuple[type[FactRow], ...] = (
    ActivationFact,
    AppointmentFact,
    AssignmentFact,
    BillingTriggerFact,
    BreakFact,
    ComparisonFact,
    ConsignmentFact,
    DraftFact,
    EarnedTriggerFact,
    ExpectedReturnFact,
    HoldFact,
    ItemFact,
    JobFact,
    LineFact,
    MoveFact,
    OrderFact,
    PromiseFact,
    ReservationFact,
    ResourceFact,
    ReviewFact,
    RunFact,
    SerialFact,
    ServiceFact,
    StepFact,
    TransferFact,
    WorkOrderFact,
)

# What the office decides later of a time entry is not here: it changes.
RECORDS: dict[type[FieldRecord], tuple[str, ...]] = {
    FollowUpRequest: ("work", "reason", "note"),
    HazardAcknowledgement: ("hazard",),
    JobAnswer: ("item", "value"),
    JobMeasurement: ("name", "value", "unit"),
    JobNote: ("text",),
    JobPhoto: ("sha256", "media_type", "size_bytes"),
    JobRecovery: ("serial", "model", "method", "replaced_by", "is_verified", "reason"),
    JobSerial: ("serial", "model", "method", "order_item_id", "is_verified", "reason"),
    JobSignature: ("sha256", "signer_name"),
    LostValue: ("field", "value", "side", "restores_id"),
    Observation: ("field", "value", "was"),
    PartConsumption: ("part", "quantity"),
    SafetyRecord: ("state", "note"),
    TimeEntry: ("activity", "started_at", "ended_at"),
}

# Of a trigger what billing is told: that never changes. What becomes of it is in its facts.
LEDGERS: dict[type[Row], tuple[str, ...]] = {
    BillingTrigger: (
        "id",
        "kind",
        "account_id",
        "order_id",
        "charge_line_id",
        "service_id",
        "charge_code",
        "description",
        "quantity",
        "amount_minor",
        "currency",
        "period",
        "effective_at",
        "recorded_at",
        "fact_key",
        "revision",
        "supersedes",
        "because",
    ),
    Handover: (
        "id",
        "charge_line_id",
        "method",
        "quantity",
        "serials",
        "job_id",
        "consignment_id",
        "reference",
        "received_by",
        "occurred_at",
    ),
    NumberPorting: ("id", "resource_id", "direction", "operator", "reference", "occurred_at"),
    VisitRating: ("id", "job_id", "stars", "comment", "rated_at"),
    NetworkContact: ("id", "message_id", "service_id", "serial", "port", "occurred_at", "recorded_at", "verdict"),
    ReturnReceipt: (
        "id",
        "number",
        "serial_unit_id",
        "premises_id",
        "to_location_id",
        "subject_id",
        "occurred_at",
        "recorded_at",
    ),
    StockCount: (
        "id",
        "location_id",
        "model",
        "expected",
        "counted",
        "missing",
        "found",
        "misplaced",
        "reason",
        "at",
        "actor_kind",
        "actor_id",
    ),
    StockMove: (
        "id",
        "model",
        "quantity",
        "serial_unit_id",
        "from_location_id",
        "to_location_id",
        "at",
        "occurred_at",
        "reason",
        "subject_id",
        "actor_kind",
        "actor_id",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Extract:
    """One table. columns: in their order, behind the cursor."""

    name: str
    model: type[Row]
    columns: tuple[str, ...]


_ALL = (
    *((model, MOVED) for model in MOVES),
    *((model, (*RECORDED, *own)) for model, own in RECORDS.items()),
    *LEDGERS.items(),
)
EXTRACTS = {
    model.__tablename__: Extract(name=model.__tablename__, model=model, columns=columns)
    for model, columns in sorted(_ALL, key=lambda one: one[0].__tablename__)
}
