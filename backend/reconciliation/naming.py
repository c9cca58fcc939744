"""A break as a person reads it: which service it is about, of which order, and where."""

from collections.abc import Sequence

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.orders.naming import names_of_places, names_of_services
from backend.reconciliation.approvers import approvers_of
from backend.reconciliation.models import ServiceBreak
from backend.reconciliation.schemas import BreakView


async def break_view(tx: Transaction, principal: Principal, row: ServiceBreak) -> BreakView:
    """One break, as this principal may see it."""
    return (await break_views(tx, principal, [row]))[0]


async def break_views(tx: Transaction, principal: Principal, rows: Sequence[ServiceBreak]) -> list[BreakView]:
    """Breaks in the order of `rows`, as this principal may see them."""
    names = await names_of_services(tx, principal, {row.service_id for row in rows if row.service_id})
    places = await names_of_places(tx, principal, {row.premises_id for row in rows if row.premises_id})
    views: list[BreakView] = []
    for row in rows:
        name = names.get(row.service_id) if row.service_id else None
        told = {
            "age_seconds": int(((row.closed_at or tx.now) - row.since).total_seconds()),
            "approvers": approvers_of(row.repair),
            "service_kind": name and name.service_kind,
            "order_number": name and name.order_number,
            "place": places.get(row.premises_id) if row.premises_id else name and name.place,
        }
        kept = {field: getattr(row, field) for field in BreakView.__struct_fields__ if field not in told}
        views.append(BreakView(**told, **kept))
    return views
