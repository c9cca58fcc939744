"""What can go wrong with orders, in their own words."""

from backend.kernel.errors import Conflict, Invalid, NotFound


class UnknownOrder(NotFound):
    """No such order, or not yours to see."""

    code = "unknown_order"


class UnknownChargeLine(NotFound):
    code = "unknown_charge_line"


class UnknownHandover(NotFound):
    code = "unknown_handover"


class PremisesOfAnotherAccount(Invalid):
    """The premises belong to another account than the one that orders."""

    code = "premises_of_another_account"


class CannotBeHad(Conflict):
    """Something that the order needs is not free, so nothing was reserved. params: missing, a list of `Missing`."""

    code = "cannot_be_had"


class OrderExpired(Conflict):
    """The reservations of this order ran out: place it again. params: expires_at."""

    code = "order_expired"


class NobodyComes(Invalid):
    """Goods are to come with the technician, but nothing of the order needs one. params: offering_code."""

    code = "nobody_comes"


class UnknownConsignment(NotFound):
    """No such consignment, or of an order that is not yours to see."""

    code = "unknown_consignment"


class NotWanted(Conflict):
    """The order does not (or no more) wait for these goods in this way. params: method, surplus (model → pieces)."""

    code = "not_wanted"


class TrackingReferenceKnown(Conflict):
    """The carrier's reference is of another consignment: a label was scanned twice. params: consignment_id."""

    code = "tracking_reference_known"


class BadHandoverTime(Invalid):
    """Goods are handed over after they were sent, and not in the future. params: sent_at, handed_over_at."""

    code = "bad_handover_time"


class PointOfNoReturnPassed(Conflict):
    """The item cannot simply be taken out any more: cancel the order, which is then assessed. params: item_id, reached."""

    code = "point_of_no_return_passed"


class UnknownItem(NotFound):
    """The order has no such item under way. params: item_id."""

    code = "unknown_order_item"


class NothingLeft(Invalid):
    """An amendment that takes out every item is a cancellation."""

    code = "nothing_left"


class VisitHasBegun(Conflict):
    """The technician is there already: what is added now can only be sent or picked up. params: offering_code."""

    code = "visit_has_begun"
