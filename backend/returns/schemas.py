"""What returns take and show, and the errors that they name."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from backend.catalogue.schemas import Code
from backend.jobs.schemas import JobView
from backend.kernel.errors import Conflict, NotFound
from backend.returns.lifecycle import ReturnState

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class UnknownReturn(NotFound):
    """No such expected return, or not yours to see."""

    code = "unknown_return"


class NotOutstanding(Conflict):
    """The unit came back, was given up or is used again: there is nothing to fetch. params: return_id, state."""

    code = "return_not_outstanding"


class RecoveryUnderWay(Conflict):
    """A job to fetch it is under way: wait for it, or cancel it first. params: return_id, work_order_id."""

    code = "recovery_under_way"


class AskForRecovery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """work: the kind of work by which the equipment is fetched."""

    work: Code


class Waive(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the unit is not asked back any more."""

    reason: Reason


class ExpectedReturnView(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that should come back. age_days: whole days since it is expected; is_overdue: outstanding, behind return_by.

    charge_minor: what it costs, or did, when it does not come in time, by this policy and version; 0 for nothing.
    work_order_id: of the last job to fetch it; reason: why it was waived.
    """

    id: UUID
    state: ReturnState
    serial: str
    model: str
    premises_id: UUID
    account_id: UUID
    territory_id: UUID
    order_id: UUID | None
    installed_at: datetime
    expected_at: datetime
    return_by: datetime
    reminded_at: datetime | None
    age_days: int
    is_overdue: bool
    charge_minor: int
    currency: str
    policy: str
    policy_from: str
    charged_at: datetime | None
    ended_at: datetime | None
    work_order_id: UUID | None
    reason: str | None


class RecoveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A job and the returns that it is to fetch: all that are outstanding at its premises."""

    job: JobView
    returns: list[ExpectedReturnView]


class ReturnNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer is told about equipment that is expected back. email: None where no letter can go.

    units: "model serial", each; return_by: the end of the last day, in `zone`; charge_minor: of all of it together.
    """

    premises_id: UUID
    email: str | None
    name: str
    language: str
    units: list[str]
    where: str
    return_by: datetime
    zone: str
    charge_minor: int
    currency: str
