"""Which desk approves, and undoes, which repair: a repair of billing's books is billing's, a unit the warehouse's."""

from backend.identity.principal import Role
from backend.reconciliation.schemas import Repair, RepairAction

BILLING = frozenset({Role.BILLING_ANALYST, Role.ADMINISTRATOR})
APPROVERS = {
    RepairAction.START_BILLING: BILLING,
    RepairAction.STOP_BILLING: BILLING,
    RepairAction.CORRECT_BILLING: BILLING,
    RepairAction.FREE_RESOURCE: frozenset({Role.PROVISIONING, Role.SUPERVISOR, Role.ADMINISTRATOR}),
    RepairAction.TAKE_BACK_UNIT: frozenset({Role.WAREHOUSE, Role.SUPERVISOR, Role.ADMINISTRATOR}),
}


def approvers_of(repair: Repair | None) -> list[Role]:
    """The roles that may approve this repair, by name; nobody where there is none."""
    return sorted(APPROVERS[repair.action]) if repair else []
