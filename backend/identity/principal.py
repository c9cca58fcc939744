"""Who is asking, as every service sees it: the actor for the audit, and what the scope predicates need."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from backend.kernel.audit import ANONYMOUS, Actor


class Role(StrEnum):
    """What a principal is to the operator; which routes it may call stands in `access`."""

    TECHNICIAN = "technician"
    CONTRACTOR_TECHNICIAN = "contractor_technician"
    CONTRACTOR_MANAGER = "contractor_manager"
    DISPATCHER = "dispatcher"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    CUSTOMER = "customer"
    WAREHOUSE = "warehouse"
    PROVISIONING = "provisioning"
    BILLING_ANALYST = "billing_analyst"
    PRODUCT_MANAGER = "product_manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    BILLING_SYSTEM = "billing_system"
    NETWORK_SYSTEM = "network_system"
    ANONYMOUS = "anonymous"


TECHNICIANS = frozenset({Role.TECHNICIAN, Role.CONTRACTOR_TECHNICIAN})
SEES_ALL = frozenset(
    {
        Role.SUPERVISOR,
        Role.AGENT,
        Role.WAREHOUSE,
        Role.PROVISIONING,
        Role.BILLING_ANALYST,
        Role.PRODUCT_MANAGER,
        Role.AUDITOR,
        Role.ADMINISTRATOR,
    }
)
STAFF = SEES_ALL | {Role.DISPATCHER, Role.CONTRACTOR_MANAGER}


class Barring(StrEnum):
    """Why a sender that is still recognised may do nothing any more. What it brings goes to quarantine."""

    DEVICE_REVOKED = "device_revoked"
    USER_DISABLED = "user_disabled"


class Lapse(msgspec.Struct, frozen=True, kw_only=True):
    """The time for which a phone had no lease: from the end of the last one to its return."""

    since: datetime
    until: datetime


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """One caller. territory_ids binds a dispatcher, organisation_id a contractor, technician_id a technician.

    job_id binds a customer: the visit that the link is for, whatever becomes of its appointment; is_proved: the customer
    said, besides the link, what only the customer knows.
    barring: the caller is known, and may only bring what it did; lapse: the last one of the caller's phone.
    """

    actor: Actor
    role: Role
    user_id: UUID | None = None
    organisation_id: UUID | None = None
    technician_id: UUID | None = None
    device_id: UUID | None = None
    job_id: UUID | None = None
    is_proved: bool = False
    territory_ids: frozenset[UUID] = frozenset()
    barring: Barring | None = None
    lapse: Lapse | None = None


NOBODY = Principal(actor=ANONYMOUS, role=Role.ANONYMOUS)
