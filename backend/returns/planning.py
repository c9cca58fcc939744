"""Which units should come back, by what is known of each. Pure."""

from collections.abc import Collection

from backend.catalogue.schemas import Owner
from backend.orders.schemas import Provenance
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView


def is_ours(owner: Owner | None, came: Provenance | None) -> bool:
    """Whether a unit is the operator's. owner: by the catalogue of the day when it was handed over; came: how, if known.

    Where the catalogue leaves it open, what was sold for one payment is the customer's, and all else is lent.
    """
    if owner is not None:
        return owner is Owner.OPERATOR
    return came is None or not came.is_sold


def is_used(came: Provenance | None, services: Collection[ServiceView]) -> bool:
    """Whether a service still needs a unit. services: all at its premises.

    What came with an order item serves the services of that item; what has none of its own, any service there.
    """
    own = [one for one in services if came is not None and one.order_item_id == came.order_item_id]
    return any(one.state is not ServiceState.TERMINATED for one in own or services)
